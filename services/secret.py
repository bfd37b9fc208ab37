"""Passwords come from files that a person or the container engine has put there; never from a variable or an option."""

import ssl
from pathlib import Path

from services.errors import Unavailable


def secret(file: Path | None) -> str:
    """The password in a file; none where no file is named. Raises `Unavailable`."""
    try:
        return file.read_text("utf-8").strip() if file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"无法读取口令文件 / cannot read the password file {file}: {error}") from error


def authority(file: str) -> str:
    """The file, once it is known to hold certificates; none where no file is named. Raises `Unavailable`."""
    try:
        if file:
            ssl.create_default_context(cafile=file)
    except OSError as error:  # an unusable certificate is one too
        raise Unavailable(f"无法读取证书文件 / cannot read the file of certificates {file}: {error}") from error
    return file
