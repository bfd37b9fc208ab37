"""Mappings that come with the product, found by name: the exports most counties have.

In: what was given as a mapping, a file or a name. Out: the text and what to call it in errors. A file of that name
goes first; a copy of a shipped mapping is where a county's own begins.
"""

from importlib.resources import files
from pathlib import Path

from services.imports.problems import InputError

_MAPS = files("services.imports").joinpath("maps")
SHIPPED = {
    "shift-list": "警情清单（24/48/72 小时） / incident list of a shift",
    "case-platform": "案件平台导出（34 列） / export of the case platform",
}


def mapping_text(given: Path) -> str:
    """Raises `InputError` where there is neither a file nor a shipped mapping of that name."""
    try:
        if not given.exists() and str(given) in SHIPPED:
            return _MAPS.joinpath(f"{given}.yaml").read_text("utf-8")
        return given.read_bytes().decode("utf-8-sig")
    except OSError as error:
        names = ", ".join(SHIPPED)
        raise InputError(
            f"{given}: 无法读取（{error.strerror}）；自带的映射有 {names} / cannot be read; shipped mappings: {names}"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{given}: 映射文件须为 UTF-8 / the mapping file must be UTF-8") from error
