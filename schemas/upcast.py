"""Old versions lifted to the current one, dict to dict, one step at a time.

Version 0 is the pilot's form, kept in paper slips and Excel before the first release. A step changes
`data` in place and may be deleted only when no log holds its version any more.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_YUAN = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0*)?")


class UpcastError(ValueError):
    """An old form that its step cannot read; the message says where."""


class UnknownVersion(UpcastError):
    """A version that no step starts from."""


def _incident_reported_0(data: dict[str, Any]) -> None:
    """The pilot wrote the loss in yuan as text, and only ever recorded completed frauds."""
    amount = _YUAN.fullmatch(str(data.pop("loss_yuan", None)))
    if amount is None:
        raise UpcastError("data/loss_yuan: 不是至多两位小数的金额 / not an amount with at most two decimals")
    yuan, cents = amount.groups("")
    data["loss_fen"] = int(yuan + cents.ljust(2, "0"))
    data.setdefault("stage", "completed")


def _receipt_signed_0(data: dict[str, Any]) -> None:
    """The pilot's slips did not ask whether the visitor explained in person; unknown counts as no (D9)."""
    data.setdefault("explained_in_person", False)


UPCAST: Mapping[tuple[str, int], Callable[[dict[str, Any]], None]] = MappingProxyType(
    {
        ("incident.reported", 0): _incident_reported_0,
        ("receipt.signed", 0): _receipt_signed_0,
    }
)

# Versions that their model still reads as they are: what was said in them cannot be said in the next.
STANDS = frozenset({("plan.adopted", 1)})


def upcast(event: dict[str, Any], kind: str, version: int, current: int) -> None:
    """Lift `event` from `version` to the `current` one of its type, or to one that stands, in place.

    Raises `UnknownVersion` or `UpcastError`.
    """
    while version < current and (kind, version) not in STANDS:
        step = UPCAST.get((kind, version))
        if step is None:
            raise UnknownVersion(f"没有从版本 {version} 起的转换 / no step from version {version}")
        data = event.get("data")
        if not isinstance(data, dict):
            raise UpcastError("data: 不是 JSON 对象 / not a JSON object")
        step(data)
        version += 1
    event["dataversion"] = version
