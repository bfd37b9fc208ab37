"""The one parser of moments that people and programs write: `2026-01-31T08:00:00+08:00`.

In: text. Out: an aware datetime. A `+` that a URL turned into a blank is understood: nothing else stands there.
Wire times of events are stricter and have their own form.
"""

import re
from datetime import datetime

FORM = "时刻须带时区，如 2026-01-31T08:00:00+08:00 / a moment needs its offset"
_LOST_PLUS = re.compile(r"(.*\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)")


def moment_of(text: str) -> datetime:
    """Raises `ValueError`, which says how a moment is written."""
    moment: datetime | None = None
    try:
        lost = _LOST_PLUS.fullmatch(text)
        moment = datetime.fromisoformat(f"{lost[1]}+{lost[2]}" if lost else text)
    except ValueError:
        pass
    if moment is None or moment.utcoffset() is None:
        raise ValueError(f"{FORM}: {text!r}")
    return moment
