"""Rows to drafts: ids, filters, maps, identities; and that an identity shows nowhere else."""

from pathlib import Path

import pytest

from services.imports.check import read_mapping
from services.imports.convert import Converter, Draft, Refused, Skipped
from services.imports.kinds import INCIDENTS, POPULATION_KIND, Kind
from services.imports.problems import MASK, InputError
from services.imports.tables import Row, open_table
from tests.services.imports.conftest import Write
from tests.services.imports.workbook import Moment, write_xlsx

HEADER = "编号,日期,时间,所,类,损失,身份证号,手机,姓名\n"
MAPPING = """\
id: "x-{编号}"
fields:
  occurred_at: {columns: [日期, 时间]}
  station: {column: 所, map: {城关: cg}}
  category: {column: 类, map: {贷款: fake_loan}, default: other}
  loss_fen: {column: 损失, unit: 万元, default: 0}
  stage: {constant: completed}
identities:
  person: {id_number: 身份证号, phone: 手机, name: 姓名}
"""
ID = "110105199001011234"
Said = Draft | Skipped | Refused


def convert(path: Path, text: str = MAPPING, kind: Kind = INCIDENTS) -> list[Said]:
    mapping = read_mapping(text, kind)
    table = open_table(path, mapping.file)
    converter = Converter(kind, mapping, table, "Asia/Shanghai")
    return [converter.convert(row) for row in table.rows if isinstance(row, Row)]


def one(path: Path, text: str = MAPPING) -> Draft:
    (draft,) = convert(path, text)
    assert isinstance(draft, Draft), draft
    return draft


def refused(path: Path, text: str = MAPPING) -> Refused:
    (said,) = convert(path, text)
    assert isinstance(said, Refused), said
    return said


class TestDraft:
    def test_every_part_of_a_row(self, write: Write) -> None:
        draft = one(write(f'{HEADER}7,2024-01-05,8:30, 城关 ,贷款,"1,2.5",{ID},,张三\n'.replace('"1,2.5"', "12.5")))
        assert draft.key == ("x-7", "")
        assert draft.values == {
            "incident": "x-7",
            "occurred_at": "2024-01-05T00:30:00.000000Z",
            "station": "cg",
            "category": "fake_loan",
            "loss_fen": 12_500_000,
            "stage": "completed",
        }
        assert draft.identities == {"person": {"id_number": ID}}

    def test_map_and_default(self, write: Write) -> None:
        draft = one(write(f"{HEADER}7,2024-01-05,8:30,东街,抢劫,,,,\n"))
        assert (draft.values["station"], draft.values["category"], draft.values["loss_fen"]) == (
            "东街",
            "other",
            0,
        )
        assert draft.identities == {}

    @pytest.mark.parametrize(
        ("cells", "person"),
        [
            (f"{ID[:-1]}x,13800138000,张三", {"id_number": f"{ID[:-1]}X"}),
            (",13800138000,张三", {"phone": "13800138000"}),
            ("不详,无,张三", {"name": "张三"}),
        ],
    )
    def test_the_vault_gets_the_first_identity_there_is(self, write: Write, cells: str, person: dict[str, str]) -> None:
        assert one(write(f"{HEADER}7,2024-01-05,8:30,a,b,1,{cells}\n")).identities == {"person": person}

    def test_a_template_for_a_field(self, write: Write) -> None:
        text = MAPPING.replace("{column: 所, map: {城关: cg}}", '{template: "s-{所}-{类}"}')
        assert one(write(f"{HEADER}7,2024-01-05,8:30,a,b,1,,,\n"), text).values["station"] == "s-a-b"

    def test_a_workbook_midnight_is_a_time(self, tmp_path: Path) -> None:
        path = write_xlsx(
            tmp_path / "b.xlsx",
            [["编号", "日期", "时间", "所", "类", "损失", "身份证号", "手机", "姓名"],
             [7.0, Moment(42398), None, "a", "b", 1.5, "", 13800138000.0, ""]],
        )  # fmt: skip
        draft = one(path, MAPPING.replace("columns: [日期, 时间]", "column: 日期"))
        assert draft.subject == "x-7"
        assert draft.values["occurred_at"] == "2016-01-28T16:00:00.000000Z"
        assert draft.identities == {"person": {"phone": "13800138000"}}


class TestRefused:
    def test_every_cell_at_fault_is_named(self, write: Write) -> None:
        said = refused(write(f"{HEADER},2024-13-05,8:30,,b,1.23456789,,,\n"))
        assert said.key is None
        assert [(p.line, p.column, p.value) for p in said.problems] == [
            (2, "日期+时间", "2024-13-05 8:30"),
            (2, "所", ""),
            (2, "损失", "1.23456789"),
            (2, "编号", ""),
        ]

    def test_an_identity_is_masked_wherever_it_is_wrong(self, write: Write) -> None:
        said = refused(write(f"{HEADER}7,2024-01-05,8:30,a,b,bad,{ID}9,,\n"))
        assert [(p.column, p.value) for p in said.problems] == [("损失", "bad"), ("身份证号", MASK)]
        assert ID not in repr(said)

    def test_numbers_that_a_spreadsheet_has_rounded(self, tmp_path: Path) -> None:
        path = write_xlsx(
            tmp_path / "b.xlsx",
            [["编号", "日期", "时间", "所", "类", "损失", "身份证号", "手机", "姓名"],
             [20240105123456789.0, "2024-01-05", "8:30", "a", "b", 1.0, float(ID), "", ""]],
        )  # fmt: skip
        said = refused(path)
        assert {p.column for p in said.problems} == {"编号", "身份证号"}
        assert ID[:15] not in repr(said)

    def test_ids_that_cannot_travel(self, write: Write) -> None:
        assert refused(write(f"{HEADER}{'7' * 63},2024-01-05,8:30,a,b,1,,,\n")).problems[0].column == "编号"

    def test_population_needs_a_figure(self, write: Write) -> None:
        text = "id: '{c}'\nfields: {valid_from: d, pop_actual: p}\n"
        (said,) = convert(write("c,d,p\n1,2024-01-01,\n"), text, POPULATION_KIND)
        assert isinstance(said, Refused)
        assert said.key == ("1", "2024-01-01")


class TestFilter:
    TEXT = f"{MAPPING}where: {{类: [贷款, 刷单], 所: [a]}}\n"

    def test_other_rows_are_skipped_whatever_else_is_wrong_with_them(self, write: Write) -> None:
        rows = "1,x,x,a,抢劫,x,x,,\n2,x,x,b,贷款,x,x,,\n3,2024-01-05,8:30,a, 贷款 ,1,,,\n"
        first, second, third = convert(write(HEADER + rows), self.TEXT)
        assert isinstance(first, Skipped)
        assert isinstance(second, Skipped)
        assert isinstance(third, Draft)


class TestContentId:
    TEXT = MAPPING.replace('"x-{编号}"', "{content: mapped, prefix: c-}")
    ROWS = f"1,2024-01-05,8:30,a,b,1,{ID},,\n2,2024-01-05,8:30,a,b,1,,,\n3,2024-01-05,8:31,a,b,1,,,\n"

    def ids(self, path: Path, text: str = TEXT) -> list[str]:
        return [said.subject for said in convert(path, text) if isinstance(said, Draft)]

    def test_the_same_content_is_told_apart_by_occurrence(self, write: Write) -> None:
        ids = self.ids(write(HEADER + self.ROWS))
        assert len(set(ids)) == 3
        assert all(i.startswith("c-") and len(i) == 38 for i in ids)

    def test_another_import_gives_the_same_ids(self, write: Write) -> None:
        ids = self.ids(write(HEADER + self.ROWS))
        assert self.ids(write(HEADER + self.ROWS)) == ids
        header, *rows = (HEADER + self.ROWS).replace("编号,", "多一列,").splitlines()
        assert self.ids(write("\n".join([header, *rows]))) == ids, "columns that are not mapped do not matter"

    def test_identities_are_not_in_it(self, write: Write) -> None:
        ids = self.ids(write(HEADER + self.ROWS))
        assert self.ids(write(HEADER + self.ROWS.replace(ID, "110105199001015678"))) == ids

    def test_a_filter_does_not_change_ids(self, write: Write) -> None:
        rows = "1,2024-01-05,8:30,a,b,1,,,\n2,2024-01-05,8:30,z,b,1,,,\n3,2024-01-05,8:30,a,b,1,,,\n"
        every = self.ids(write(HEADER + rows))
        assert self.ids(write(HEADER + rows), f"{self.TEXT}where: {{所: [a]}}\n") == [every[0], every[2]]

    def test_chosen_columns(self, write: Write) -> None:
        text = MAPPING.replace('"x-{编号}"', "{content: [编号, 日期]}")
        before = self.ids(write(HEADER + "1,2024-01-05,8:30,a,b,1,,,\n"), text)
        assert self.ids(write(HEADER + "1,2024-01-05,9:30,z,c,2,,,\n"), text) == before


class TestHeader:
    def test_columns_that_are_missing(self, write: Write) -> None:
        with pytest.raises(InputError, match=r"rows\.csv:1: 表头没有列 编号, 手机"):
            convert(write(HEADER.replace("编号", "号").replace("手机", "电话")))

    def test_columns_that_stand_there_twice(self, write: Write) -> None:
        with pytest.raises(InputError, match="'所' 出现 2 次"):
            convert(write(HEADER.replace("类", "所").replace("编号", "编号,类")))
