"""A small simulated county behind a real console, in a process of its own; any figure can be made to fail.

In: a data folder, `simulated` or `empty`, and the moment at which its clock starts; it runs on from there, so that no
test depends on the day it is run on. Out: the address, on standard output. The names of figures in the file
`broken` of the folder are those that fail; `version` there means that the warehouse answers nothing, and `slow` that a
figure named beside it takes as long as `slow` stands there.
"""

import json
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from services import wiring
from services.office import Office
from services.serve import serve
from services.settings import Settings
from services.simulate import Params, history
from streams.errors import TransientError
from streams.figures import Question
from streams.progress import Version
from streams.warehouse import Rows

MONTHS, RECEIPTS = 14, 150


def clock(start: datetime) -> Callable[[], datetime]:
    began = monotonic()
    return lambda: start + timedelta(seconds=monotonic() - began)


def fill(office: Office) -> None:
    """Fourteen months, so that there is a year to compare with, and few receipts, so that it is quick."""
    params = Params(seed=7, end=office.now(), months=MONTHS, receipts_per_month=RECEIPTS)
    raws = [json.dumps(event, ensure_ascii=False).encode() for event in history(params)]
    refused = [a for a in office.submit(raws, "tests", keep_recordedtime=True) if a.status == "rejected"]
    if refused:
        raise ValueError(f"the simulator said what submit refuses: {refused[0]}")
    office.settle()


def breakable(office: Office, names: Path) -> None:
    whole, stands = office.answer, office.version

    def broken(name: str) -> bool:
        return names.exists() and name in names.read_text("utf-8").split()

    def answer(question: Question) -> Rows:
        while broken("slow") and broken(question.figure):
            sleep(0.05)
        if broken(question.figure):
            raise TransientError(f"指标 {question.figure} 读不出来 / cannot be read")
        return whole(question)

    def version() -> Version:
        if broken("version"):
            raise TransientError("仓库没有答复 / the warehouse does not answer")
        return stands()

    vars(office).update(answer=answer, version=version)


def main(folder: Path, kind: str, start: datetime) -> None:
    wiring.now = clock(start)
    settings = Settings(data=folder, port=0)
    office = wiring.open_office(settings)
    try:
        if kind == "simulated":
            fill(office)
        breakable(office, folder / "broken")

        def ready(url: str) -> None:
            print(url, office.now().isoformat(), flush=True)

        def wait(stop: threading.Event) -> None:
            stop.wait()

        serve(office, settings, wait, ready)
    finally:
        office.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]))
