"""Old versions lifted to the current one, dict to dict, one step at a time.

Version 0 is the pilot's form, kept in paper slips and Excel before the first release. A step changes `data` in place
and may be deleted only when no log holds its version any more.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

CURRENT = 1


class UpcastError(ValueError):
    """An old form that its step cannot read, or a version no step starts from."""


def _incident_reported_0(data: dict[str, Any]) -> None:
    """The pilot wrote the loss in yuan as text, and only ever recorded completed frauds."""
    text = data.pop("loss_yuan", None)
    try:
        fen = Decimal(str(text)) * 100
        whole = int(fen)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UpcastError("data/loss_yuan 不是金额 / is not an amount") from error
    if fen != whole:
        raise UpcastError("data/loss_yuan 有不足一分的尾数 / has a fraction of a fen")
    data["loss_fen"] = whole
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


def upcast(event: dict[str, Any], kind: str, version: int) -> None:
    """Lift `event` from `version` to `CURRENT`, in place. Raises `UpcastError`."""
    while version < CURRENT:
        step = UPCAST.get((kind, version))
        data = event.get("data")
        if step is None or not isinstance(data, dict):
            raise UpcastError(f"没有从版本 {version} 起的转换 / no step from version {version}")
        step(data)
        version += 1
        event["dataversion"] = version
