"""Publicity events: actions (宣传), receipts (回执), plays on screens, occasions at counters. Rules D1–D9."""

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from schemas.envelope import Event
from schemas.wire import Code, Count, Day, Sha256, Text, Wire, WireTime, given

PerformerKind = Literal["community_officer", "township_staff", "community_staff", "property_manager", "unit"]
Method = Literal["paper_slip", "qr_form", "class_list", "sms_report"]
Verdict = Literal["accepted", "queried", "rejected"]


class Evidence(Wire):
    """A photo, video or list: its content hash and where it is kept, never the thing itself."""

    sha256: Sha256
    uri: Text
    kind: Code


class ActionData(Wire):
    duty: Code | None = None
    channel: Code
    station: Code | None = None
    community: Code | None = None
    unit: Code | None = None
    performer_kind: PerformerKind
    collector: Code | None = None
    place: Text | None = None
    audience_size: Count | None = None
    reached: Count | None = None
    topics: tuple[Code, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class ActionRecorded(Event):
    """一次宣传（D1）。"""

    type: Literal["action.recorded"]
    data: ActionData


class ReasonData(Wire):
    reason: Text


class ActionVoided(Event):
    """宣传作废：其回执不再计数。"""

    type: Literal["action.voided"]
    data: ReasonData


class ReceiptData(Wire):
    model_config = ConfigDict(json_schema_extra={"anyOf": [given("person_ref"), given("household_ref")]})

    action: Code
    person_ref: Code | None = None
    household_ref: Code | None = None
    audience: Code
    community: Code
    method: Method
    collector: Code
    explained_in_person: bool
    topics: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _someone(self) -> "ReceiptData":
        if self.person_ref is None and self.household_ref is None:
            raise ValueError("回执须有 person_ref 或 household_ref 之一 / a receipt proves a person or a household")
        return self


class ReceiptSigned(Event):
    """一人或一户签收（D2）。"""

    type: Literal["receipt.signed"]
    data: ReceiptData


class ReceiptVoided(Event):
    """回执作废（D4）。"""

    type: Literal["receipt.voided"]
    data: ReasonData


class ReviewData(Wire):
    verdict: Verdict
    reason: Text | None = None


class ReceiptReviewed(Event):
    """回执复核结论（D8）。"""

    type: Literal["receipt.reviewed"]
    data: ReviewData


class PlayData(Wire):
    from_: WireTime = Field(alias="from")
    until: WireTime
    clip: Code


class PlayLogged(Event):
    """屏幕或场所的一次连续播放（C4）。"""

    type: Literal["play.logged"]
    data: PlayData


class OccasionData(Wire):
    kind: Code
    day: Day
    occasions: Count
    given: Count


class OccasionCounted(Event):
    """窗口业务次数与发放次数（C5）。"""

    type: Literal["occasion.counted"]
    data: OccasionData
