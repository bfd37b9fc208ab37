"""A process that keeps something in a folder, closes it while somebody asks, and finds it again: one engine serves
one folder, so the tests' own engine cannot be closed. Prints what it found as JSON.
"""

import json
import sys
import threading
from pathlib import Path
from time import sleep

from streams.errors import TerminalError
from streams.migrations import migrate, status
from streams.warehouse import Warehouse
from streams.warehouse_chdb import ChdbWarehouse


def main(folder: Path) -> dict[str, object]:
    first: Warehouse = ChdbWarehouse(folder / "a")
    migrate(first)
    first.insert("definition", {"name": ["kept", "军水"], "value": ["反诈 '\\\n", ""], "seq": [2**64 - 1, 1]})
    first.sibling("other").run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n")
    first.sibling("other").insert("t", {"n": [7]})
    asked = threading.Thread(target=first.query, args=("SELECT sleep(1)",))
    asked.start()
    sleep(0.3)
    first.close()
    asked.join()
    try:
        first.query("SELECT 1")
        refused = False
    except TerminalError:
        refused = True
    elsewhere = ChdbWarehouse(folder / "b")  # the engine takes another folder only when every connection is closed
    empty = elsewhere.query("SELECT count() FROM system.tables WHERE name = 'definition'").rows
    elsewhere.close()
    again: Warehouse = ChdbWarehouse(folder / "a")
    found = {
        "refused": refused,
        "elsewhere": empty[0][0],
        "rows": again.query("SELECT name, value, seq FROM definition FINAL WHERE name != 'rebuild' ORDER BY name").rows,
        "states": sorted({s.state for s in status(again)}),
        "sibling": again.sibling("other").query("SELECT n FROM t").rows,
    }
    again.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
