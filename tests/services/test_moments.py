"""Moments as people, programs and addresses write them."""

from datetime import UTC, datetime

import pytest

from services.moments import moment_of


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T08:00:00+08:00", "2026-01-31T08:00:00 08:00", "2026-01-31 08:00:00 08:00", "2026-01-31T08:00 0800",
        "2026-01-31T00:00:00Z", "2026-01-31T08:00:00.000000 08:00", "2026-01-30T16:00:00-08:00",
    ],
)  # fmt: skip
def test_a_plus_that_a_url_took_is_understood(text: str) -> None:
    assert moment_of(text) == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31 08:00", "2026-01-31T08:00:00", "08:00 08:00", "2026-01-31T08:00:00  08:00", ""]
)
def test_a_moment_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\+08:00"):
        moment_of(text)
