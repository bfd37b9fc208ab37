"""What a process that lives on events asks of Python: to collect garbage seldom, and to share its lock often.

A collection walks every live object, and a process that holds a county's newest events holds hundreds of thousands:
with Python's own thresholds it did nothing else for a fifth of a bulk load.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Objects made, less those gone, until the young are looked through; and how many times until the older ones are. All
# are looked through once in five million, so that pages that were left do not pile up: it takes 0.05 s.
_THRESHOLDS = (500_000, 5, 2)
# Seconds for which a thread may keep Python's lock from one that is back from a statement or a file. With Python's own
# 0.005 whoever wrote a chunk waited longer for the lock than for the disk, and kept the log from the next one.
_TURN = 0.001


def tune() -> None:
    """Once at the start of a process, when all is opened: what stands by now, the program itself, is not walked."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    sys.setswitchinterval(_TURN)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector out of a batch: it would walk every live event again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
