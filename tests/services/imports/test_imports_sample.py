"""Proposals: what a header and the look of the first rows tell, and what is left to a person."""

from pathlib import Path

import pytest

from schemas.marked_yaml import load
from services.imports import InputError, kind_of, propose
from services.imports.check import read_mapping
from services.imports.headings import default_mapping
from services.imports.kinds import INCIDENTS, KINDS
from services.imports.mapping import FileForm
from tests.services.imports.conftest import Write
from tests.services.imports.importing import open_table
from tests.services.imports.workbook import Sheet, write_book

MONEY = {"money": "(万元)"}
EXCERPT = Path(__file__).parents[2] / "data" / "foreign-incidents.csv"


class TestProposal:
    def test_a_foreign_header(self) -> None:
        text = propose(INCIDENTS, EXCERPT)
        with pytest.raises(InputError, match="缺少必需字段 loss_fen"):
            read_mapping(text, INCIDENTS)
        text = text.replace("  # loss_fen:", "  loss_fen:").replace(
            "  # stage: {constant: }", "  stage: {constant: 既遂}"
        )
        mapping = read_mapping(text, INCIDENTS)
        assert mapping.id.template == "{PdId}", "IncidntNum repeats"
        assert mapping.fields["occurred_at"].columns == ("Date", "Time")
        assert mapping.fields["occurred_at"].format == "%m/%d/%Y 12:00:00 AM %H:%M"
        assert mapping.fields["station"].column == "PdDistrict"
        assert mapping.fields["category"].column == "Category"
        assert "Descript, DayOfWeek, Resolution" in text

    def test_a_chinese_header_is_a_mapping_at_once(self, write: Write) -> None:
        path = write(
            "接警编号,发案时间,报案时间,受理派出所,案件类别,损失金额（万元）,既遂未遂,受害人姓名,身份证号,报警人电话,备注\n"
            "1,2024-01-05 08:30,2024-01-05,cg,刷单返利,1.5,既遂,张三,110105199001011234,13800138000,说明\n"
        )
        text = propose(INCIDENTS, path)
        mapping = read_mapping(text, INCIDENTS)
        assert mapping.fields["loss_fen"].unit == "万元"
        assert mapping.fields["reported_at"].column == "报案时间"
        assert mapping.identities == {
            "person": {"name": "受害人姓名", "id_number": "身份证号"},
            "reporter": {"phone": "报警人电话"},
        }
        assert "备注" in text
        assert "张三" not in text
        assert "110105199001011234" not in text

    def test_without_an_id_the_content_is_one(self, write: Write) -> None:
        text = propose(INCIDENTS, write("发案时间,派出所,类别,损失,阶段\n"))
        assert "补 unit" in text
        with pytest.raises(InputError, match="写明 unit"):
            read_mapping(text, INCIDENTS)
        assert read_mapping(text.replace('"损失"', '"损失", unit: 元'), INCIDENTS).id.content == "mapped"

    def test_a_date_that_reads_two_ways_is_pointed_out(self, write: Write) -> None:
        text = propose(INCIDENTS, write("警情编号,发案时间\n1,01/02/2024 10:00\n"))
        assert "也可读作" in text
        text = propose(INCIDENTS, write("警情编号,发案时间\n1,31/01/2024 10:00\n"))
        assert 'format: "%d/%m/%Y %H:%M"' in text
        assert "也可读作" not in text

    @pytest.mark.parametrize("name", sorted(KINDS))
    def test_field_names_and_their_chinese_names_are_known(self, write: Write, name: str) -> None:
        kind = kind_of(name)
        for headers in (
            [kind.subject.name, *(f.name for f in kind.fields)],
            [kind.subject.names[0], *((f.names or (f.name,))[0] + MONEY.get(f.type, "") for f in kind.fields)],
        ):
            path = write(",".join(headers) + "\n")
            mapping = default_mapping(kind, open_table(path, FileForm()))
            assert mapping.fields.keys() == {f.name for f in kind.fields}
            proposed = read_mapping(propose(kind, path), kind)
            assert proposed.fields.keys() == mapping.fields.keys()
            assert proposed.id == mapping.id


class TestNumbers:
    COLUMNS = "发案时间,派出所,类别,损失(元),阶段"
    ROW = "2026-02-01 10:00,S1,刷单返利,1000,既遂"

    def proposed(self, path: Path) -> str:
        return read_mapping(propose(INCIDENTS, path), INCIDENTS).id.template or "content"

    def table(self, write: Write, heading: str, *ids: str) -> Path:
        return write("\n".join([f"{heading},{self.COLUMNS}", *(f"{one},{self.ROW}" for one in ids), ""]))

    @pytest.mark.parametrize("heading", ["序号", "序 号", "行号", "No.", "NO", "#", "顺序号"])
    @pytest.mark.parametrize("ids", [("1", "2", "3"), ("4", "9", "7"), ("7",)])
    def test_a_running_number_is_no_id(self, write: Write, heading: str, ids: tuple[str, ...]) -> None:
        assert self.proposed(self.table(write, heading, *ids)) == "content"

    @pytest.mark.parametrize("heading", ["编号", "ID号", "record_no"])
    def test_whatever_it_is_called(self, write: Write, heading: str) -> None:
        assert self.proposed(self.table(write, heading, "11", "12", "13")) == "content"
        assert self.proposed(self.table(write, heading, "11", "15", "13")) == f"{{{heading}}}"

    def test_the_id_beside_it_is_found(self, write: Write) -> None:
        ids = ("1,A20260201", "2,A20260202", "3,A20260203")
        assert self.proposed(self.table(write, "序号,案件编号", *ids)) == "{案件编号}"


class TestShape:
    def test_header_row_and_sheets_are_found(self, tmp_path: Path) -> None:
        head = ["警情编号", "发案时间", "派出所", "类别", "损失金额(万)", "阶段"]
        sheet = Sheet(
            [["某县警情登记表"], [None, "单位：某所"], head, ["a", "2026-03-01 10:00", "s", "其他", 1.0, "既遂"]]
        )
        path = write_book(tmp_path / "b.xlsx", {"1月": sheet, "2月": sheet})
        mapping = read_mapping(propose(INCIDENTS, path), INCIDENTS)
        assert (mapping.file.header_row, mapping.file.sheets) == (3, "all")
        assert mapping.fields["loss_fen"].unit == "万元"
        path = write_book(tmp_path / "b.xlsx", {"1月": sheet, "底稿": Sheet([["x"]], hidden=True)})
        text = propose(INCIDENTS, path)
        assert read_mapping(text, INCIDENTS).file.sheets is None
        assert "b.xlsx: 底稿（隐藏 / hidden）" in text

    def test_a_range_in_one_cell(self, write: Write) -> None:
        path = write("警情编号,发案时间\n1,2026-10-11 20:00:00-2026-10-12 09:30:00\n2,2026-10-11 20:00\n")
        assert 'occurred_at: {column: "发案时间", range: start}' in propose(INCIDENTS, path)

    @pytest.mark.parametrize(
        "text",
        [
            "张三,13800138000,东门派出所,刷单返利类型\n李四,13900139000,西门派出所,刷单返利类型\n",
            "张三,东门派出所,损失三万\n",
            "张三,李四\n",
            "张三,东门派出所,刷单返利类别,2026-03-01\n",
        ],
    )
    def test_values_are_never_printed_as_headings(self, write: Write, text: str) -> None:
        with pytest.raises(InputError, match="找不到表头") as raised:
            propose(INCIDENTS, write(text))
        assert "张三" not in str(raised.value)

    def test_no_cell_of_the_table_is_printed(self, write: Write) -> None:
        cells = ["A1", "2026-03-01 10:11", "石坝所", "虚假征信", "987654", "既遂", "张三丰", "13800138000", "案情甲乙"]
        path = write(f"某县清单\n警情编号,发案时间,派出所,类别,损失(元),阶段,姓名,手机,简要案情\n{','.join(cells)}\n")
        text = propose(INCIDENTS, path)
        assert "header_row: 2" in text
        assert not [cell for cell in cells if cell in text]

    def test_an_officer_is_no_victim(self, write: Write) -> None:
        text = propose(INCIDENTS, write("警情编号,发案时间,立案人,立案人手机号,姓名,联系电话\n"))
        assert read_mapping_identities(text) == {"person": {"name": "姓名", "phone": "联系电话"}}


def read_mapping_identities(text: str) -> object:
    value, _ = load(text)
    return value["identities"]


class TestDefault:
    def test_units_in_headers(self, write: Write) -> None:
        for column, unit in (
            ("loss_fen", "fen"),
            ("损失(万元)", "万元"),
            ("损失（元）", "元"),
            ("损失金额(单位:万元)", "万元"),
            ("损失金额(万)", "万元"),
        ):
            path = write(f"警情编号,发案时间,派出所,类别,{column},阶段\n")
            assert default_mapping(INCIDENTS, open_table(path, FileForm())).fields["loss_fen"].unit == unit

    @pytest.mark.parametrize("column", ["损失", "损失(美元)", "损失金额"])
    def test_a_unit_is_never_guessed(self, write: Write, column: str) -> None:
        path = write(f"警情编号,发案时间,派出所,类别,{column},阶段\n")
        with pytest.raises(InputError, match=r"没有写金额单位|认不出"):
            default_mapping(INCIDENTS, open_table(path, FileForm()))

    def test_a_code_goes_before_a_name(self, write: Write) -> None:
        path = write("警情编号,发案时间,派出所,派出所代码,类别,损失(元),阶段\n")
        assert default_mapping(INCIDENTS, open_table(path, FileForm())).fields["station"].column == "派出所代码"

    def test_identities_are_never_left_lying_about(self, write: Write) -> None:
        path = write("警情编号,发案时间,派出所,类别,损失(元),阶段,手机号\n")
        assert default_mapping(INCIDENTS, open_table(path, FileForm())).identity_columns == {"手机号"}
