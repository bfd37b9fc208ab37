"""Text to value: money exactly, times in their zone, and nothing guessed."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports.clock import part_of
from services.imports.problems import CellError
from services.imports.values import (
    DECIMAL_OF,
    FEN_OF,
    MAX_FEN,
    clean,
    midnight,
    parse_code,
    parse_count,
    parse_day,
    parse_flag,
    parse_money,
    parse_text,
    parse_time,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shown(fen: int, unit: str, thousands: str, *, grouped: bool) -> str:
    """The amount as a person would write it, with all its decimals."""
    digits = len(str(FEN_OF[unit])) - 1
    whole, rest = divmod(fen, FEN_OF[unit])
    text = f"{whole:,}".replace(",", thousands) if grouped else str(whole)
    return text + (DECIMAL_OF[thousands] + f"{rest:0{digits}d}" if digits else "")


class TestMoney:
    @given(
        st.integers(0, MAX_FEN),
        st.sampled_from(sorted(FEN_OF)),
        st.sampled_from(sorted(DECIMAL_OF)),
        st.booleans(),
    )
    def test_what_is_written_is_read_to_the_fen(self, fen: int, unit: str, thousands: str, grouped: bool) -> None:
        assert parse_money(shown(fen, unit, thousands, grouped=grouped), unit, thousands) == fen

    @given(st.integers(0, MAX_FEN), st.sampled_from(["元", "万元", "分"]), st.sampled_from(["元", "万元", "fen"]))
    def test_a_unit_in_the_cell_goes_before_the_columns(self, fen: int, own: str, unit: str) -> None:
        assert parse_money(f"￥{shown(fen, own, ',', grouped=True)}{own}", unit) == fen

    @given(st.text(max_size=30))
    def test_any_text_is_an_amount_in_range_or_refused(self, text: str) -> None:
        with suppress(CellError):
            assert 0 <= parse_money(text, "元") <= MAX_FEN

    @pytest.mark.parametrize(
        ("text", "fen"),
        [
            ("12345.6", 1_234_560),
            ("1，234.50", 123_450),
            ("１２元", 1_200),
            ("100元整", 10_000),
            ("0", 0),
            ("3.5万", 3_500_000),
        ],
    )
    def test_forms_seen_in_exports(self, text: str, fen: int) -> None:
        assert parse_money(text, "元") == fen

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "-5",
            "1.234",
            "1,23",
            "12,34.5",
            "1.5.0",
            "1e5",
            "约3000",
            "3000多",
            "10000000000001",
            "1,2345",
            "٣",
            "nan",
        ],
    )
    def test_what_is_not_exactly_an_amount_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_money(text, "元")

    def test_a_decimal_comma_needs_the_point_as_separator(self) -> None:
        assert parse_money("1.234,50", "元", ".") == 123_450
        with pytest.raises(CellError, match="千分位"):
            parse_money("1,5", "元")


class TestTime:
    @given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001 wall time is what is tried
    def test_wall_time_is_read_in_the_zone(self, wall: datetime) -> None:
        expected = wall.replace(tzinfo=SHANGHAI).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert parse_time(wall.isoformat(sep=" "), SHANGHAI) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "2016-01-29 11:05",
            "2016/1/29 11:05:00",
            "2016.1.29 11:05",
            "2016年1月29日 11时05分",
            "2016年1月29日11时5分0秒",
            "２０１６－０１－２９　１１：０５",
            "20160129110500",
            "2016-01-29T03:05:00Z",
            "2016-01-29T04:05:00+01:00",
        ],
    )
    def test_forms_seen_in_exports(self, text: str) -> None:
        assert parse_time(text, SHANGHAI) == "2016-01-29T03:05:00.000000Z"

    def test_a_format_reads_several_columns_in_one(self) -> None:
        form = "%m/%d/%Y 12:00:00 AM %H:%M"
        assert parse_time("01/29/2016 12:00:00 AM 11:05", SHANGHAI, form) == "2016-01-29T03:05:00.000000Z"

    def test_a_bare_day_is_a_time_only_where_the_mapping_says_so(self) -> None:
        with pytest.raises(CellError, match="format"):
            parse_time("2016-01-29", SHANGHAI)
        midnight_utc = "2016-01-28T16:00:00.000000Z"
        assert parse_time("2016-01-29", SHANGHAI, "%Y-%m-%d") == midnight_utc
        assert parse_time("2016-01-29", SHANGHAI, day_is_midnight=True) == midnight_utc

    @pytest.mark.parametrize(
        "text",
        ["", "昨天", "2016-02-30 10:00", "2016-01-29 25:00", "29/01/2016 10:00", "1899-12-30 10:00",
         "2100-01-01 10:00", "2016-01-29 10:00+25:00", "2016-01-29 15:20 AM", "9999-12-31 23:59:59"],
    )  # fmt: skip
    def test_what_is_not_a_time_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_time(text, SHANGHAI)

    @given(st.text(max_size=30))
    def test_any_text_is_a_time_or_refused(self, text: str) -> None:
        with suppress(CellError):
            assert parse_time(text, SHANGHAI).endswith("Z")


class TestChineseTime:
    @pytest.mark.parametrize(
        ("text", "clock"),
        [
            ("2026/3/1 下午 3:20:00", "15:20"),
            ("2026/3/1 下午3:20", "15:20"),
            ("2026年3月1日下午3时20分许", "15:20"),
            ("2026-03-01 15:20:00 下午", "15:20"),
            ("2026-03-01 下午15:20", "15:20"),
            ("2026/3/1 3:20 PM", "15:20"),
            ("2026/3/1 3:20pm", "15:20"),
            ("2026/3/1 PM 3:20", "15:20"),
            ("2026.3.1 15：20", "15:20"),
            ("2026年3月1日15时20分左右", "15:20"),
            ("2026年3月1日15时许", "15:00"),
            ("2026年3月1日 15点", "15:00"),
            ("2026年3月1日下午3点半", "15:30"),
            ("2026年3月1日 8时整", "08:00"),
            ("2026/3/1 上午 8:05", "08:05"),
            ("2026/3/1 上午 12:05:00", "00:05"),
            ("2026/3/1 12:05 AM", "00:05"),
            ("2026/3/1 12:05 PM", "12:05"),
            ("2026/3/1 下午 12:05", "12:05"),
            ("2026年3月1日凌晨2时", "02:00"),
            ("2026年3月1日凌晨12时30分", "00:30"),
            ("2026年3月1日中午12时30分", "12:30"),
            ("2026年3月1日中午1点", "13:00"),
            ("2026年3月1日晚上8时30分", "20:30"),
            ("2026年3月1日晚9点许", "21:00"),
        ],
    )
    def test_is_read(self, text: str, clock: str) -> None:
        assert parse_time(text, SHANGHAI) == parse_time(f"2026-03-01 {clock}", SHANGHAI)

    def test_the_hour_24_is_the_end_of_the_day(self) -> None:
        for text in ("2026.2.28 24时许", "2026-02-28 24:00", "2026-02-28 24:00:00"):
            assert parse_time(text, SHANGHAI) == parse_time("2026-03-01 00:00", SHANGHAI)

    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-01 15:20 上午",
            "2026-03-01 上午12点",
            "2026-03-01 晚上12点",
            "2026-03-01 晚上3点",
            "2026-03-01 下午0:20",
            "2026-03-01 中午5点",
            "2026-03-01 下午3:20 AM",
            "2026-03-01 24:30",
            "2026-03-01 115",
            "2026-03-01 0115",
            "2026-03-01 15",
            "2026-03-01 下午",
            "2026-03-01 许",
        ],
    )
    def test_what_contradicts_itself_or_reads_in_two_ways_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_time(text, SHANGHAI)


class TestFormats:
    @pytest.mark.parametrize(
        ("digits", "clock"),
        [("115", "01:15"), ("845", "08:45"), ("5", "00:05"), ("30", "00:30"), ("0", "00:00"), ("1200", "12:00"),
         ("2330", "23:30"), ("0115", "01:15")],
    )  # fmt: skip
    def test_digits_that_lost_their_zeros(self, digits: str, clock: str) -> None:
        assert parse_time(f"3/1/2026 {digits}", SHANGHAI, "%m/%d/%Y %H%M") == parse_time(
            f"2026-03-01 {clock}", SHANGHAI
        )

    @given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001 wall time is what is tried
    def test_a_clock_as_a_number_is_never_another_one(self, wall: datetime) -> None:
        wall = wall.replace(second=0, microsecond=0)
        text = f"{wall:%d.%m.%Y} {int(wall.strftime('%H%M'))}"
        assert parse_time(text, SHANGHAI, "%d.%m.%Y %H%M") == parse_time(wall.isoformat(" "), SHANGHAI)

    @pytest.mark.parametrize(("text", "form"), [("2026115", "%Y%m%d"), ("2026111", "%Y%m%d"), ("260115", "%Y%m%d")])
    def test_a_day_of_too_few_digits_is_refused(self, text: str, form: str) -> None:
        with pytest.raises(CellError):
            parse_day(text, form)

    def test_parts_without_a_separator_stay_whole_beside_a_zone(self) -> None:
        assert parse_time("2026-03-01 0115 +0800", SHANGHAI, "%Y-%m-%d %H%M %z") == "2026-02-28T17:15:00.000000Z"
        with pytest.raises(CellError):
            parse_time("2026-03-01 115 +08:00", SHANGHAI, "%Y-%m-%d %H%M %z")


class TestRange:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-10-11 20:00:00-2026-10-12 09:30:00",
            "2026/10/11 20:00 至 2026/10/12 9:30",
            "2026年10月11日20时—2026年10月12日9时30分",
            "20261011200000～20261012093000",
        ],
    )
    def test_both_ends(self, text: str) -> None:
        assert parse_time(part_of(text, "start"), SHANGHAI) == parse_time("2026-10-11 20:00", SHANGHAI)
        assert parse_time(part_of(text, "end"), SHANGHAI) == parse_time("2026-10-12 09:30", SHANGHAI)

    @pytest.mark.parametrize("text", ["2026-10-11", "2026-10-11 20:00:00", "20261011", "2026年10月11日"])
    def test_one_time_alone_is_both(self, text: str) -> None:
        assert part_of(text, "start") == part_of(text, "end") == text

    def test_a_clock_alone_is_no_end(self) -> None:
        assert part_of("2026-10-11 20:00-21:30", "start") == "2026-10-11 20:00"
        with pytest.raises(CellError):
            parse_time(part_of("2026-10-11 20:00-21:30", "end"), SHANGHAI)


class TestClean:
    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("１００２", "1002"),
            ("ＡＢ－７", "AB-7"),
            ("\u202a1005\u202c", "1005"),
            ("10\u200b05\ufeff", "1005"),
            ("\u3000东街（社区）\u00a0", "东街(社区)"),
            ("a\u00adb\ufe0f", "ab"),
            (" plain ", "plain"),
        ],
    )
    def test_one_width_and_nothing_that_cannot_be_seen(self, text: str, cleaned: str) -> None:
        assert clean(text) == cleaned

    @given(st.text(max_size=20))
    def test_clean_is_clean(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)

    @pytest.mark.parametrize("text", ["4.21222E+17", "4E+17", "4.2e+17"])
    def test_a_code_that_lost_its_digits(self, text: str) -> None:
        with pytest.raises(CellError, match="丢失数字"):
            parse_code(text)

    @pytest.mark.parametrize("text", ["3E05", "E+17", "4.2E17", "421222198001011234"])
    def test_codes_that_only_look_alike(self, text: str) -> None:
        assert parse_code(text) == text


class TestDay:
    @pytest.mark.parametrize("text", ["2024-01-05", "2024/1/5", "2024年1月5日", "20240105", "2024-01-05 00:00:00"])
    def test_forms_seen_in_exports(self, text: str) -> None:
        assert parse_day(text) == "2024-01-05"

    def test_a_format(self) -> None:
        assert parse_day("05.01.2024", "%d.%m.%Y") == "2024-01-05"

    @pytest.mark.parametrize("text", ["", "2024", "2024-13-01", "2024-01-05 10:00", "1989-12-31", "2024/1-5"])
    def test_what_is_not_a_day_is_refused(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_day(text)

    def test_midnight_of_the_first_day_stays_in_the_range_of_wire_times(self) -> None:
        assert midnight("2024-01-05", SHANGHAI) == "2024-01-04T16:00:00.000000Z"
        assert midnight("1990-01-01", SHANGHAI) == "1990-01-01T00:00:00.000000Z"


class TestOthers:
    @pytest.mark.parametrize(("text", "count"), [("12,345", 12345), ("0", 0), ("１２", 12)])
    def test_counts(self, text: str, count: int) -> None:
        assert parse_count(text) == count

    @pytest.mark.parametrize("text", ["", "-1", "1.5", "1,23", "三", "9" * 17])
    def test_no_counts(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_count(text)

    def test_flags(self) -> None:
        assert parse_flag("是") is True
        assert parse_flag("N") is False
        with pytest.raises(CellError):
            parse_flag("也许")

    @pytest.mark.parametrize("text", ["x" * 65, "a\0b", "a\x1bb"])
    def test_texts_that_cannot_travel(self, text: str) -> None:
        with pytest.raises(CellError):
            parse_text(text, 64)
