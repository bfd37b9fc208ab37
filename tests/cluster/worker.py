"""A worker that says on its output which stage of the pump it is about to enter. Settings: the environment.

An argument N makes telling of an alert fail at the first, and once in N, before anybody has heard.
"""

import sys
import threading
from itertools import count

from schemas import Event
from services import worker
from services.settings import Settings
from services.wiring import work

_SPEAKING = threading.Lock()


def say(text: str) -> None:
    with _SPEAKING:  # the pump and the event loop speak from two threads
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def failing(every: int) -> None:
    told, number = worker.tell, count()

    def tell(event: Event) -> None:
        if next(number) % every == 0:
            say("failed to tell")
            raise OSError("nobody hears")
        told(event)

    worker.tell = tell


if __name__ == "__main__":
    if len(sys.argv) > 1:
        failing(int(sys.argv[1]))
    work(Settings(), lambda url: say(f"ready {url}"), say)
