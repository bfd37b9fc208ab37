"""Writes the golden rows anew: `python -m tests.golden.write`, then look at what `git diff` shows.

The digests of `digests.json` are of another kind: stored events stand under them for ever, so they are never written
anew; an example that has none yet gets one, and one that has changed is an error.
"""

import json
import sys
import tempfile
from pathlib import Path

from schemas import default_plan, parse
from streams.migrations import migrate
from streams.warehouse_chdb import ChdbWarehouse
from tests.golden.made import FOLDER, GOLDENS, all_made, text
from tests.schemas.samples import EVENT_NAMES, raw

DIGESTS = FOLDER.parent / "digests.json"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = ChdbWarehouse(Path(folder) / "warehouse")
        migrate(warehouse)
        values = all_made(warehouse, default_plan()[0], Path(folder))
        warehouse.close()
    for name, value in values.items():
        file = FOLDER / f"{name}.json"
        before = file.read_text("utf-8") if file.exists() else ""
        if text(value) != before:
            file.write_text(text(value), "utf-8")
            print(f"{name}: {'changed' if before else 'new'}")
    for file in FOLDER.glob("*.json"):
        if file.stem not in GOLDENS:
            file.unlink()
            print(f"{file.stem}: gone")
    write_digests()


def write_digests() -> None:
    digests = json.loads(DIGESTS.read_text("utf-8"))
    for name in EVENT_NAMES:
        digest = parse(raw(name)).digest.hex()
        if digests.setdefault(name, digest) != digest:
            sys.exit(
                f"{name}: 内容摘要变了，已存的事件将与其重试冲突 / stored events would conflict with their retries"
            )
    DIGESTS.write_text(json.dumps(digests, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
