"""When Python collects its garbage: between batches, and seldom.

A collection walks every live object, and a process that holds a county's newest events holds hundreds of thousands:
with Python's own thresholds it did nothing else for a fifth of a bulk load.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects made, less those gone, until the young are looked through; and how many times until the older ones are. All
# are looked through once in five million, so that pages that were left do not pile up: it takes 0.05 s.
_THRESHOLDS = (50_000, 10, 10)


def collect_seldom() -> None:
    """Once at the start of a process that lives on events: what stands by now, the program itself, is not walked."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


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
