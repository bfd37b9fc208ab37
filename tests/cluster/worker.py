"""A worker that says on its output which stage of the pump it is about to enter. Settings: the environment."""

import sys
import threading

from services.settings import Settings
from services.wiring import work

_SPEAKING = threading.Lock()


def say(text: str) -> None:
    with _SPEAKING:  # the pump and the event loop speak from two threads
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work(Settings(), lambda url: say(f"ready {url}"), say)
