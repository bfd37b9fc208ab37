"""Passwords come from files that a person or the container engine has put there; never from a variable or an option."""

from pathlib import Path

from services.errors import Unavailable


def secret(file: Path | None) -> str:
    """The password in a file; none where no file is named. Raises `Unavailable`."""
    try:
        return file.read_text("utf-8").strip() if file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"无法读取口令文件 / cannot read the password file {file}: {error}") from error
