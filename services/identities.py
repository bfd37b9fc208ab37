"""Normal forms: which spellings are one person or one household. Here and nowhere else.

In: an identity as somebody wrote it. Out: its normal text, and the text older vaults kept it under. Width, case,
blanks, invisible marks and punctuation make no other person or household. Only between two digits does punctuation
tell apart (1-12 is not 11-2), and there every run of it is one hyphen. Limits: numbers in words, and which of two
orders an address stands in, are not compared; names keep their variant characters.
"""

import re
import unicodedata
from collections.abc import Iterator

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Letters and marks that show nothing and are not of the category Cf: joiners, fillers, variation selectors.
_INVISIBLE = {*map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5)), *map(chr, range(0x180B, 0x1810))}
_INVISIBLE |= {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
# Words of an address that are written in two ways. A street's own name is left as it is.
_WORDS = str.maketrans("號樓單棟幢層戶門鄉鎮縣區組隊莊園廈東", "号楼单栋栋层户门乡镇县区组队庄园厦东")
_SEPARATORS = re.compile(r"-+")
_ROOM = re.compile(r"(?<=\d)[室房]+$")  # 101室 and 101 are one door


class WrongIdentity(ValueError):
    """An identity that cannot be one; the message never repeats it."""


def normal_id_number(text: str) -> str:
    """A resident identity number with its check character verified (GB 11643-1999, ISO 7064 MOD 11-2)."""
    number = text.strip().upper()
    if _CHECKS[sum(w * int(c) for w, c in zip(_WEIGHTS, number[:17], strict=True)) % 11] != number[17]:
        raise WrongIdentity("id_number 校验位不符 / the check character of the identity number is wrong")
    return number


def normal_phone(text: str) -> str:
    """Digits only, without the country code of China."""
    digits = "".join(c for c in text if c.isdigit())
    digits = digits.removeprefix("0086") if text.strip().startswith("00") else digits
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if not 7 <= len(digits) <= 15:
        raise WrongIdentity("phone 不像电话号码 / does not look like a phone number")
    return digits


def normal_name(text: str) -> str:
    return _something(_plain(text), "name")


def normal_address(text: str) -> str:
    return _something(_ROOM.sub("", _plain(text).translate(_WORDS)), "household/address")


def forms(kind: str, text: str, community: str) -> Iterator[str]:
    """The normal text, and after it every older one under which a vault may still keep the same identity.

    A name or an address is one within its community.
    """
    if kind == "id_number":
        yield normal_id_number(text)
    elif kind == "phone":
        yield normal_phone(text)
    else:
        yield f"{community}\0{normal_address(text) if kind == 'household' else normal_name(text)}"
        yield f"{community}\0{''.join(text.split())}"


def _plain(text: str) -> str:
    """One width and case, nothing invisible, no blanks; a run of punctuation is a hyphen between digits, else gone."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    shown = "".join("" if _hidden(c) else c if unicodedata.category(c)[0] in "LMN" else "-" for c in folded)
    return _SEPARATORS.sub(lambda run: "-" if _between_digits(run) else "", shown)


def _hidden(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf" or sign in _INVISIBLE


def _between_digits(run: re.Match[str]) -> bool:
    around = run.string[max(run.start() - 1, 0) : run.start()] + run.string[run.end() : run.end() + 1]
    return len(around) == 2 and around.isdecimal()


def _something(normal: str, field: str) -> str:
    if not normal:
        raise WrongIdentity(f"{field} 既无文字也无数字 / has neither a letter nor a digit")
    return normal
