"""Files to rows: physical line numbers, encodings, and broken rows that cost nothing but themselves."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.tables import Broken, Row
from tests.services.imports.conftest import Write
from tests.services.imports.importing import open_table
from tests.services.imports.workbook import Moment, write_xlsx

FORM = FileForm()
CELL = st.text(st.sampled_from('ab,;"\n 城关镇\t|'), max_size=8)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12)


def table_of(path: Path, **form: str | int) -> tuple[tuple[str, ...], list[Row | Broken]]:
    table = open_table(path, FileForm.model_validate(form))
    return table.header, list(table.rows)


def told(rows: list[Row | Broken]) -> list[int | tuple[int, list[str]]]:
    """Rows with their cells, broken ones by their line alone."""
    return [row.line if isinstance(row, Broken) else (row.line, row.cells) for row in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "rows.csv"


class TestLineNumbers:
    @given(
        rows=ROWS,
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
        packed=st.booleans(),
        cut=st.booleans(),
    )
    def test_every_row_has_its_physical_line(
        self, place: Path, rows: list[list[str]], encoding: str, packed: bool, cut: bool
    ) -> None:
        text, expected = "编号,b,c\r\n", []
        for row in rows:
            line = text.count("\n") + 1
            out = io.StringIO()
            csv.writer(out).writerow(row)
            text += out.getvalue()
            if any(row):
                expected.append((line, row))
        if cut:
            text += '1,2,"cut'
        data = text.encode(encoding)
        place.write_bytes(gzip.compress(data) if packed else data)
        header, found = table_of(place, delimiter=",")
        assert header == ("编号", "b", "c")
        last: list[int | tuple[int, list[str]]] = [text.count("\n") + 1] if cut else []
        assert told(found) == [*expected, *last]

    def test_a_line_break_inside_quotes_counts(self, write: Write) -> None:
        _, rows = table_of(write('a,b\n1,"x\ny"\n2,z\n'))
        assert told(rows) == [(2, ["1", "x\ny"]), (4, ["2", "z"])]


class TestBrokenRows:
    def test_wrong_number_of_columns(self, write: Write) -> None:
        _, rows = table_of(write("a,b\n1,2\n1,2,3\n1\n3,4\n"))
        assert told(rows) == [(2, ["1", "2"]), 3, 4, (5, ["3", "4"])]
        assert next(row.reason for row in rows if isinstance(row, Broken)).startswith("有 3 列，表头有 2 列")

    def test_a_quote_open_at_the_end(self, write: Write) -> None:
        _, rows = table_of(write('a,b\n1,2\n3,"cut'))
        assert told(rows) == [(2, ["1", "2"]), 3]
        assert isinstance(rows[-1], Broken)
        assert "未闭合" in rows[-1].reason

    def test_a_stray_quote_does_not_swallow_the_rows_after_it(self, write: Write) -> None:
        body = "".join(f"{n},v\n" for n in range(3, 200))
        _, rows = table_of(write(f'a,b\n1,"stray\n2,v\n{body}'))
        assert told(rows)[:2] == [2, (3, ["2", "v"])]
        assert len(rows) == 199

    def test_a_stray_quote_that_meets_another_quote(self, write: Write) -> None:
        _, rows = table_of(write('a,b\n1,"stray\n2,"ok"\n3,v\n'))
        assert told(rows) == [2, (3, ["2", "ok"]), (4, ["3", "v"])]

    def test_a_long_file_after_a_stray_quote(self, write: Write) -> None:
        body = "".join(f"{n},{'v' * 90}\n" for n in range(3000))
        _, rows = table_of(write(f'a,b\n1,"stray\n{body}'))
        assert told(rows)[0] == 2
        assert len(rows) == 3001

    def test_a_broken_row_over_several_lines_is_one_row(self, write: Write) -> None:
        _, rows = table_of(write('a,b\n1,"x\ny\nz",9,9\n2,v\n'))
        assert told(rows) == [2, (5, ["2", "v"])]

    def test_bytes_of_another_encoding_cost_their_row(self, write: Write) -> None:
        path = write("名,b\n城,1\n", encoding="utf-8")
        path.write_bytes(path.read_bytes() + "镇,2\n".encode("gb18030") + "村,3\n".encode())
        assert told(table_of(path, encoding="utf-8")[1]) == [(2, ["城", "1"]), 3, (4, ["村", "3"])]
        assert told(table_of(path)[1]) == [(2, ["城", "1"]), 3, (4, ["村", "3"])]

    def test_nul(self, write: Write) -> None:
        assert told(table_of(write("a,b\n1,\0\n2,3\n"))[1]) == [2, (3, ["2", "3"])]

    def test_a_compressed_file_that_ends_early(self, write: Write) -> None:
        path = write("", "rows.csv.gz")
        body = "".join(f"{n},{n * n}\n" for n in range(50_000))
        path.write_bytes(gzip.compress(f"a,b\n{body}".encode())[:-2000])
        rows = table_of(path)[1]
        assert len(rows) > 1000
        assert isinstance(rows[-1], Broken)
        assert "压缩" in rows[-1].reason

    def test_blank_lines_are_no_rows(self, write: Write) -> None:
        assert told(table_of(write("a,b\n\n1,2\n,\n   \n"))[1]) == [(3, ["1", "2"])]


class TestForms:
    def test_encoding_is_found(self, write: Write) -> None:
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            assert table_of(write("名称,b\n城关镇,1\n", encoding=encoding))[0] == ("名称", "b")

    @pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
    def test_delimiter_is_found(self, write: Write, delimiter: str) -> None:
        path = write(f"a{delimiter}b\n1{delimiter}2\n")
        assert told(table_of(path)[1]) == [(2, ["1", "2"])]

    def test_header_row(self, write: Write) -> None:
        header, rows = table_of(write("某县警情表,,\n\na,b\n1,2\n"), header_row=3)
        assert (header, told(rows)) == (("a", "b"), [(4, ["1", "2"])])

    @pytest.mark.parametrize(
        ("data", "said"),
        [(b"", "表头"), (b'"a,b\n1,2\n', "表头"), (b"\xff\xfea\0", "UTF-16"), (b"PK\x03\x04junk", "工作簿")],
    )
    def test_no_table_at_all(self, write: Write, data: bytes, said: str) -> None:
        path = write("")
        path.write_bytes(data)
        with pytest.raises(InputError, match=said):
            open_table(path, FORM)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"none\.csv: 无法读取"):
            open_table(tmp_path / "none.csv", FORM)

    def test_total_is_a_bound(self, write: Write) -> None:
        assert open_table(write("a\n1\n2\n3"), FORM).total == 3


class TestWorkbook:
    def test_cells_as_a_person_sees_them(self, tmp_path: Path) -> None:
        rows: list[list[str | float | Moment | None]] = [
            ["警情表"],
            ["编号", "时间", "金额", "空"],
            ["a", Moment(42398.4618055556), 1234.5, None],
            [None, None, None, None],
            [20160129.0, Moment(42398), 0.1 + 0.2, None],
        ]
        header, found = table_of(write_xlsx(tmp_path / "b.xlsx", rows), header_row=2)
        assert header == ("编号", "时间", "金额", "空")
        assert told(found) == [
            (3, ["a", "2016-01-29 11:05:00", "1234.5", ""]),
            (5, ["20160129", "2016-01-29", "0.3", ""]),
        ]

    def test_a_number_longer_than_a_spreadsheet_keeps_is_marked(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", [["a", "b"], [110105199001011234.0, "x"]])
        row = table_of(path)[1][0]
        assert isinstance(row, Row)
        assert row.faults.keys() == {0}

    def test_cells_beyond_the_header(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", [["a", "b"], ["1", "2", "3"], ["4", "5"]])
        assert told(table_of(path)[1]) == [2, (3, ["4", "5"])]

    def test_sheets_by_name_and_number(self, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "b.xlsx", [["a"], ["1"]])
        assert table_of(path, sheet="警情") == table_of(path, sheet="1") == table_of(path)
        with pytest.raises(InputError, match="工作表"):
            table_of(path, sheet="二")
