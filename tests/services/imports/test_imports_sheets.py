"""Workbooks as people keep them: several sheets, titles, merged cells, cells without a value, stray cells, bombs."""

import zipfile
import zlib
from pathlib import Path

import pytest

from services.imports import Job, Problem, import_files, tables_scan
from services.imports.check import read_mapping
from services.imports.headings import wanted
from services.imports.kinds import INCIDENTS, POPULATION_KIND
from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.runner_memory import MemoryRunner
from services.imports.tables import Book, Broken, Row, open_book
from services.imports.tables_scan import cell_name, column_number
from tests.services.imports.workbook import Error, Formula, Moment, Sheet, Value, write_book

HEAD = ["编号", "日期", "金额"]
MAPPING = read_mapping(
    """
id: "{编号}"
unregistered: register
fields:
  occurred_at: 日期
  station: {constant: s1}
  category: {constant: other}
  loss_fen: {column: 金额, unit: 元}
  stage: {constant: completed}
""",
    INCIDENTS,
)


def read(path: Path, form: FileForm | None = None) -> Book:
    return open_book(path, form or FileForm(), wanted(INCIDENTS, MAPPING))


def rows_of(book: Book) -> list[tuple[str, int, list[str]]]:
    return [(table.sheet, row.line, row.cells) for table in book.tables for row in table.rows if isinstance(row, Row)]


def rows(*ids: str) -> list[list[Value]]:
    return [[one, "2026-03-01 10:00", 1.0] for one in ids]


class TestSheets:
    def book(self, path: Path) -> Path:
        return write_book(
            path / "b.xlsx",
            {
                "1月": Sheet([HEAD, *rows("a", "b")]),
                "2月": Sheet([["标题"], HEAD, *rows("c")]),
                "说明": Sheet([["由某某填写"]]),
                "空": Sheet([]),
                "底稿": Sheet([HEAD, *rows("x")], hidden=True),
            },
        )

    def test_every_visible_sheet_of_that_header_is_read_and_the_others_are_told(self, tmp_path: Path) -> None:
        book = read(self.book(tmp_path))
        assert [(sheet, line, cells[0]) for sheet, line, cells in rows_of(book)] == [
            ("1月", 2, "a"),
            ("1月", 3, "b"),
            ("2月", 3, "c"),
        ]
        assert book.not_read == ("b.xlsx: 说明", "b.xlsx: 底稿（隐藏 / hidden）")

    def test_named_ones_hidden_or_not(self, tmp_path: Path) -> None:
        book = read(self.book(tmp_path), FileForm(sheets=("底稿", "2")))
        assert [(sheet, cells[0]) for sheet, _, cells in rows_of(book)] == [("底稿", "x"), ("2月", "c")]
        assert book.not_read == ("b.xlsx: 1月", "b.xlsx: 说明")
        with pytest.raises(InputError, match="没有工作表 四月；现有：1月"):
            read(self.book(tmp_path), FileForm(sheets=("四月",)))

    def test_all_of_them_means_that_one_without_the_header_is_a_fault(
        self, tmp_path: Path, runner: MemoryRunner
    ) -> None:
        mapping = MAPPING.model_copy(update={"file": FileForm(sheets="all")})
        with pytest.raises(InputError, match=r"b\.xlsx \[说明\]:1: 表头没有列"):
            import_files(Job(INCIDENTS, mapping), [self.book(tmp_path)], runner, lambda p: None)
        assert runner.calls == []

    def test_the_result_and_the_problems_name_the_sheet(self, tmp_path: Path, runner: MemoryRunner) -> None:
        path = write_book(
            tmp_path / "b.xlsx",
            {
                "1月": Sheet([HEAD, *rows("a")]),
                "2月": Sheet([HEAD, ["b", "?", 1.0]]),
                "三": Sheet([["x"]], hidden=True),
            },
        )
        problems: list[Problem] = []
        said = import_files(Job(INCIDENTS, MAPPING), [path], runner, problems.append).as_dict()
        assert (said["read"], said["accepted"], said["rejected"]) == (2, 1, 1)
        assert said["sheets_not_read"] == ["b.xlsx: 三（隐藏 / hidden）"]
        assert [(p.line, p.column, p.reason.split(":")[0]) for p in problems] == [(2, "日期", "b.xlsx [2月]")]

    def test_one_key_for_one_sheet_or_several(self) -> None:
        for said in ("sheet: 警情", "sheets: 警情", "sheets: [警情]"):
            text = f"file: {{{said}}}\nid: '{{a}}'\nfields: {{valid_from: d, pop_actual: p}}\n"
            assert read_mapping(text, POPULATION_KIND).file.sheets == ("警情",)


class TestHeader:
    def test_below_title_rows(self, tmp_path: Path) -> None:
        path = write_book(
            tmp_path / "b.xlsx",
            {"警情": Sheet([["某县警情登记表（编号）"], [None, "单位：某所"], HEAD, *rows("a")], merged=["A1:C1"])},
        )
        (table,) = read(path).tables
        assert (table.header, table.header_line) == (tuple(HEAD), 3)

    def test_two_rows_are_one_name(self, tmp_path: Path) -> None:
        sheet = Sheet(
            [["编号", "日期", "金额", None], [None, None, "损失(元)", "冻结(元)"], ["a", "2026-03-01 10:00", 5.0, 1.0]],
            merged=["A1:A2", "B1:B2", "C1:D1"],
        )
        path = write_book(tmp_path / "b.xlsx", {"警情": sheet})
        assert read(path, FileForm(header_row=1)).tables[0].header == ("编号", "日期", "金额/损失(元)", "金额/冻结(元)")
        lower = read(path, FileForm(header_row=2)).tables[0]
        assert lower.header == ("编号", "日期", "损失(元)", "冻结(元)"), "a merged heading counts for all its rows"
        assert [row.line for row in lower.rows] == [3]

    def test_two_rows_of_a_text_file(self, tmp_path: Path) -> None:
        path = tmp_path / "b.csv"
        path.write_text("某表,,,\n编号,日期,金额,\n,,损失,冻结\na,2026-03-01 10:00,5,1\n", "utf-8")
        (table,) = read(path, FileForm(header_rows=2)).tables
        assert (table.header, table.header_line) == (("编号", "日期", "金额/损失", "金额/冻结"), 2)
        assert [(row.line, row.cells[2]) for row in table.rows if isinstance(row, Row)] == [(4, "5")]

    def test_in_a_text_file_below_titles_with_another_delimiter(self, tmp_path: Path) -> None:
        path = tmp_path / "b.csv"
        path.write_text("某县, 某所, 2026 年, 一月\n\n编号;日期;金额\na;2026-03-01 10:00;5\n", "utf-8")
        (table,) = read(path).tables
        assert (table.header, table.header_line) == (tuple(HEAD), 3)


class TestMerged:
    def test_a_cell_counts_for_all_its_rows_and_no_other_column(self, tmp_path: Path) -> None:
        sheet = Sheet(
            [HEAD, ["a", "2026-03-01 10:00", 7.0], ["b", None, None], ["c", None, 9.0], ["d", None, None]],
            merged=["B2:B4", "C2:C3", "A5:C5"],
        )
        book = read(write_book(tmp_path / "b.xlsx", {"警情": sheet}))
        assert [cells for *_, cells in rows_of(book)] == [
            ["a", "2026-03-01 10:00", "7"],
            ["b", "2026-03-01 10:00", "7"],
            ["c", "2026-03-01 10:00", "9"],
            ["d", "", ""],
        ]

    def test_rows_that_hold_nothing_else_are_no_rows(self, tmp_path: Path) -> None:
        sheet = Sheet([HEAD, ["a", "2026-03-01 10:00", 7.0], [], ["c", None, 9.0]], merged=["B2:B4"])
        book = read(write_book(tmp_path / "b.xlsx", {"警情": sheet}))
        assert [(line, cells[1]) for _, line, cells in rows_of(book)] == [
            (2, "2026-03-01 10:00"),
            (4, "2026-03-01 10:00"),
        ]


class TestCellsWithoutAValue:
    @pytest.mark.parametrize(
        ("cell", "said"),
        [
            (Error("#N/A"), "单元格 警情!C2 是错误值 #N/A"),
            (Error("#DIV/0!"), "单元格 警情!C2 是错误值 #DIV/0!"),
            (Formula("SUM(1,2)"), "单元格 警情!C2 的公式没有保存结果"),
            (123456789012345678.0, "超过 15 位"),
            ("#REF!", "是表格软件的错误值"),
        ],
    )
    def test_are_refused_with_their_place(self, tmp_path: Path, runner: MemoryRunner, cell: Value, said: str) -> None:
        sheet = Sheet([HEAD, ["a", "2026-03-01 10:00", cell], ["b", "2026-03-01 10:00", 2.0]])
        problems: list[Problem] = []
        path = write_book(tmp_path / "b.xlsx", {"警情": sheet})
        found = import_files(Job(INCIDENTS, MAPPING), [path], runner, problems.append)
        assert (found.accepted, found.rejected) == (1, 1)
        assert [(p.line, p.column) for p in problems] == [(2, "金额")]
        assert said in problems[0].reason

    def test_a_formula_with_its_result_is_its_result(self, tmp_path: Path) -> None:
        sheet = Sheet([HEAD, [Formula('"a"', "a"), Formula("A1", "2026-03-01 10:00"), Formula("5+6", 11.0)]])
        book = read(write_book(tmp_path / "b.xlsx", {"警情": sheet}))
        assert [cells for *_, cells in rows_of(book)] == [["a", "2026-03-01 10:00", "11"]]
        sheet = Sheet([HEAD, ["a", "2026-03-01 10:00", Formula('""', "")]])
        (table,) = read(write_book(tmp_path / "b.xlsx", {"警情": sheet})).tables
        assert [row.faults for row in table.rows if isinstance(row, Row)] == [{}], "an empty text is a result"

    def test_in_a_column_that_nobody_reads_they_do_not_matter(self, tmp_path: Path, runner: MemoryRunner) -> None:
        sheet = Sheet([[*HEAD, "备注"], ["a", "2026-03-01 10:00", 1.0, Error("#N/A")]])
        path = write_book(tmp_path / "b.xlsx", {"警情": sheet})
        assert import_files(Job(INCIDENTS, MAPPING), [path], runner, lambda p: None).accepted == 1

    def test_the_first_cell_of_a_merged_one_counts_for_all_its_rows(self, tmp_path: Path) -> None:
        sheet = Sheet(
            [HEAD, ["a", "2026-03-01 10:00", Error("#N/A")], ["b", "2026-03-01 10:00", None]], merged=["C2:C3"]
        )
        (table,) = read(write_book(tmp_path / "b.xlsx", {"警情": sheet})).tables
        assert ["警情!C2" in row.faults[2] for row in table.rows if isinstance(row, Row)] == [True, True]


class TestExtent:
    @pytest.mark.parametrize("stray", ["XFD1048576", "A1048576", "XFD40"])
    def test_a_stray_cell_is_refused_before_anything_is_laid_out(self, tmp_path: Path, stray: str) -> None:
        sheet = Sheet([[*HEAD, *("x" * 9)], *rows("a", "b")], stray={stray: "x"})
        with pytest.raises(InputError, match=f"一直写到 {stray}"):
            read(write_book(tmp_path / "b.xlsx", {"警情": sheet}))

    def test_formats_without_content_do_not_count(self, tmp_path: Path) -> None:
        sheet = Sheet([HEAD, *rows("a")], stray={"XFD1048576": None})
        assert len(rows_of(read(write_book(tmp_path / "b.xlsx", {"警情": sheet})))) == 1

    @pytest.mark.parametrize("name", ["A1048577", "XFE9", "A99999999"])
    def test_cells_outside_any_sheet(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="表外的单元格"):
            read(write_book(tmp_path / "b.xlsx", {"警情": Sheet([HEAD], stray={name: 1.0})}))

    def test_a_gap_of_ordinary_size_is_read(self, tmp_path: Path) -> None:
        sheet = Sheet([HEAD, *rows("a")], stray={"A5000": "b"})
        assert [line for _, line, _ in rows_of(read(write_book(tmp_path / "b.xlsx", {"警情": sheet})))] == [2, 5000]

    def test_both_ways_to_look_tell_the_same(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Bytes alone for a plain sheet, the parser for any other; rows need not be in order."""
        filled = [[f"r{n}", n * 1.5, None, "<c r='9'/>" if n % 7 == 0 else "x" * (n % 50)] for n in range(30_000)]
        sheets = {"大": Sheet(filled), "乱": Sheet([HEAD, *rows("a")], stray={"C900": 1.0, "D40": "x", "B7": None})}
        path = write_book(tmp_path / "b.xlsx", sheets)
        told = []
        for is_plain in (tables_scan._is_plain, lambda part, sheet: False):
            monkeypatch.setattr(tables_scan, "_is_plain", is_plain)
            told.append([(s.name, s.rows, s.columns, s.filled, s.faults) for s in tables_scan.scan(path)])
        assert told[0] == told[1] == [("大", 30_000, 4, 90_000, {}), ("乱", 900, 4, 8, {})]

    @pytest.mark.parametrize("mark", ["<!-- -->", "<x:c r='XF9'><x:v>1</x:v></x:c>", "<c r='XF9'><v>1</v></c>"])
    def test_a_sheet_written_in_another_way_is_left_to_the_parser(self, tmp_path: Path, mark: str) -> None:
        text = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            f'<row r="1"><c r="A1"><v>1</v></c></row><row r="9">{mark}</row></sheetData></worksheet>'
        )
        path = write_book(tmp_path / "b.xlsx", {"警情": Sheet([])}, {"xl/worksheets/sheet1.xml": text})
        (sheet,) = tables_scan.scan(path)
        assert sheet.columns == (1 if mark.startswith("<!") else 630)

    def test_names_and_numbers_of_cells(self) -> None:
        assert [cell_name(0, 0), cell_name(1, 26), cell_name(1_048_575, 16_383)] == ["A1", "AA2", "XFD1048576"]
        assert [column_number(cell_name(0, n)[:-1]) for n in range(0, 16_384, 7)] == list(range(0, 16_384, 7))


class TestBombs:
    def test_a_part_that_unpacks_to_too_much(self, tmp_path: Path) -> None:
        path = write_book(tmp_path / "b.xlsx", {"警情": Sheet([HEAD])}, {"xl/media/x.bin": "0" * (40 << 20)})
        with pytest.raises(InputError, match="解包后有 40 MiB"):
            read(path)

    def test_a_part_that_lies_about_its_size(self, tmp_path: Path) -> None:
        path = write_book(
            tmp_path / "b.xlsx", {"警情": Sheet([HEAD, *rows("a")])}, {"xl/sharedStrings.xml": "x" * 5000}
        )
        data = path.read_bytes()
        assert data.count((5000 + 38).to_bytes(4, "little")) == 2
        path.write_bytes(data.replace((5000 + 38).to_bytes(4, "little"), (50).to_bytes(4, "little")))
        with pytest.raises(InputError, match="不是可读的"):
            read(path)

    def test_parts_of_one_name(self, tmp_path: Path) -> None:
        path = write_book(tmp_path / "b.xlsx", {"警情": Sheet([HEAD, *rows("a")])})
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as book:
            book.writestr("xl/styles.xml", "")
        with pytest.raises(InputError, match="重名"):
            read(path)

    def test_a_document_type_is_not_read(self, tmp_path: Path) -> None:
        bomb = '<!DOCTYPE a [<!ENTITY b "cccccccc">]><a>&b;</a>'
        with pytest.raises(InputError, match="DTD"):
            read(write_book(tmp_path / "b.xlsx", {"警情": Sheet([HEAD])}, {"xl/workbook.xml": bomb}))

    def test_a_packed_text_that_unpacks_to_too_much(self, tmp_path: Path) -> None:
        path = tmp_path / "b.csv.gz"
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        line = b",".join([b"1"] * 500) + b"\n"
        path.write_bytes(b"".join(packer.compress(line * 100) for _ in range(400)) + packer.flush())
        assert path.stat().st_size < 200_000
        with pytest.raises(InputError, match="解包后超过"):
            read(path)

    def test_a_line_without_end_costs_its_row(self, tmp_path: Path) -> None:
        path = tmp_path / "b.csv"
        path.write_text(
            "编号,日期,金额\na,2026-03-01 10:00,1\n" + "x" * (3 << 20) + "\nb,2026-03-01 10:00,2\n", "utf-8"
        )
        found = [(row.line, isinstance(row, Broken)) for row in read(path).tables[0].rows]
        assert found == [(2, False), (3, True), (4, False)]


class TestOtherFiles:
    @pytest.mark.parametrize(
        "text",
        ["<html><body><table>", "\ufeff\n <TABLE border=1>", "<?xml version='1.0'?><Workbook>", "<!DOCTYPE html>"],
    )
    def test_a_page_says_that_it_is_one(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "b.xls"
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=r"网页.*另存为"):
            read(path)

    def test_damage_inside(self, tmp_path: Path) -> None:
        for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            with pytest.raises(InputError, match="损坏"):
                read(write_book(tmp_path / "b.xlsx", {"警情": Sheet([HEAD])}, {name: "<a><b"}))

    def test_a_date_is_a_date_in_every_sheet(self, tmp_path: Path) -> None:
        sheet = Sheet([HEAD, ["a", Moment(42398.4618055556), 1.0]])
        book = read(write_book(tmp_path / "b.xlsx", {"一": sheet, "二": sheet}))
        assert [cells[1] for *_, cells in rows_of(book)] == ["2016-01-29 11:05:00"] * 2
