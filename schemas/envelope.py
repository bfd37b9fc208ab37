"""The envelope every event travels in: CloudEvents 1.0, structured JSON, one event per message.

`actor` and `recordedtime` stand last because they are not content: the digest covers everything before them.
A type whose form changes in meaning gets the next `dataversion`: its class states it.
"""

from typing import Any, Literal

from pydantic import Field

from schemas.wire import Code, Text, Wire, WireTime


class Event(Wire):
    """One thing that happened. Subclasses fix `type` and the form of `data`."""

    specversion: Literal["1.0"]
    id: Code = Field(description="given by the submitter; the same id with other content never counts")
    source: Text
    type: str
    subject: Code = Field(description="the entity the event is about, and the key of its record")
    time: WireTime = Field(description="when the act named by the type happened")
    dataversion: Literal[1] = 1
    data: Any
    sourcetime: WireTime | None = Field(None, description="when its source last changed what it says here")
    actor: Code = Field(description="who entered it")
    recordedtime: WireTime = Field(description="when we learned of it, stamped by submit")
