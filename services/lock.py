"""One process at a time has a data folder: a lock that the system lets go of however the process ends."""

import fcntl
import os
from pathlib import Path
from typing import IO

from services.errors import Unavailable


class Held(Unavailable):
    """Another process holds the folder."""


class FolderLock:
    """Held as long as the process lives, however it ends. Raises `Held` naming the holder, `Unavailable`."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = (folder / "lock").open("a+")
        except OSError as error:
            raise Unavailable(
                f"无法使用数据目录 {folder}：{error.strerror}；请检查路径和权限 / cannot use the data folder"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            pid = self._file.read().strip() or "?"
            self._file.close()
            raise Held(
                f"数据目录 {folder} 正由进程 {pid} 使用；请等它结束，或用 --data 换一个目录 / "
                f"the data folder is held by process {pid}; wait for it or name another folder"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()
