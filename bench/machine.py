"""What the figures were taken on, how busy it was, and what this process takes of it."""

import fnmatch
import json
import os
import platform
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import chdb
import psutil


def machine() -> str:
    """Cores, memory, versions; no names of hosts."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, chDB {chdb.engine_version}"
    )


def resident_memory() -> int:
    """Bytes resident now; the loads of the bench are among them."""
    return int(psutil.Process().memory_info().rss)


def peak_memory() -> Callable[[], int]:
    """What is given tells the most bytes resident since then; Linux keeps count of it."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return lambda: 1024 * int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0])


def bytes_on_disk(folder: Path, pattern: str = "*") -> int:
    """Of files whose name matches. They and their folders may go away meanwhile: merges drop what they merged."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in fnmatch.filter(names, pattern):
            with suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total


def load_average() -> float:
    """How busy the machine was with other work: figures of a busy machine say little."""
    return os.getloadavg()[0]


def yardstick(raws: Sequence[bytes]) -> float:
    """Events a second that one thread reads with `json.loads`, best of five: how fast this machine is just now."""
    best = 0.0
    for _ in range(5):
        start = perf_counter()
        for raw in raws:
            json.loads(raw)
        best = max(best, len(raws) / (perf_counter() - start))
    return best


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
