"""Rows to drafts: ids, filters, maps, identities; and that an identity shows nowhere else."""

from pathlib import Path

import pytest

from services.imports.check import read_mapping
from services.imports.columns import unit_of
from services.imports.convert import Converter, Draft, Refused, Skipped
from services.imports.kinds import INCIDENTS, POPULATION_KIND, Kind
from services.imports.problems import MASK, InputError
from services.imports.tables import Row
from tests.services.imports.conftest import Write
from tests.services.imports.importing import open_table
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


class TestRowsLeftOut:
    TEXT = f"{MAPPING}where_not: {{编号: [合计, 填表人*], 类: [贷款]}}\n"
    GOOD = "1,2024-01-05,8:30,a,b,1,,,\n"

    def test_by_value_by_beginning_and_whatever_blanks_stand_inside(self, write: Write) -> None:
        rows = f"{self.GOOD}合 计,,,,,9,,,\n填表人：某某,,,,,,,,\n3,2024-01-05,8:30,a,贷款,1,,,\n"
        said = convert(write(HEADER + rows), self.TEXT)
        assert [type(one) for one in said] == [Draft, Skipped, Skipped, Skipped]

    @pytest.mark.parametrize("word", ["合计", "合　计：", "小计", "东街小计", "总计", "累计", "Total", "Subtotal:"])
    @pytest.mark.parametrize("place", ["编号", "所"])
    def test_totals_that_nobody_left_out_are_refused(self, write: Write, word: str, place: str) -> None:
        cells = f"{word},2024-01-05,8:30,a" if place == "编号" else f"7,2024-01-05,8:30,{word}"
        said = refused(write(f"{HEADER}{cells},b,1,,,\n"))
        assert said.key is None
        assert [(p.column, p.value) for p in said.problems] == [(place, word)]
        assert "where_not" in said.problems[0].reason

    @pytest.mark.parametrize("word", ["会计", "设计院", "统计科", "Totalsport", "合计科"])
    def test_names_that_only_sound_alike(self, write: Write, word: str) -> None:
        assert one(write(f"{HEADER}7,2024-01-05,8:30,{word},b,1,,,\n")).values["station"] == word

    def test_a_cell_that_decides_and_cannot_be_read_is_refused(self, write: Write) -> None:
        said = refused(write(f"{HEADER}7,2024-01-05,8:30,a,#N/A,1,,,\n"), self.TEXT)
        assert [(p.column, p.value) for p in said.problems] == [("类", "#N/A")]

    def test_skipped_rows_are_not_looked_into(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_: object) -> None:
            raise AssertionError

        text = self.TEXT.replace('"x-{编号}"', "{content: mapped}")
        monkeypatch.setattr("services.imports.convert.uuid5", never)
        assert isinstance(convert(write(f"{HEADER}7,x,x,a,贷款,x,,,\n"), text)[0], Skipped)


class TestAbsent:
    @pytest.mark.parametrize("word", ["", "不详", "无", "/", "-", "—", "未知", "N/A", "／", " 无 "])
    def test_words_for_nothing_are_nothing_in_every_kind_of_field(self, write: Write, word: str) -> None:
        text = MAPPING.replace("stage:", "residence_community: 姓名\n  frozen_fen: {column: 手机, unit: 元}\n  stage:")
        text = text.replace(
            "identities:\n  person: {id_number: 身份证号, phone: 手机, name: 姓名}\n", "sex: 身份证号\n"
        )
        text = text.replace("\nsex:", "\n  sex:").replace(", default: other", "")
        draft = one(write(f"{HEADER}7,2024-01-05,8:30,a,贷款,1,{word},{word},{word}\n"), text)
        assert draft.values.keys() == {"incident", "occurred_at", "station", "category", "loss_fen", "stage"}

    def test_in_what_is_required_they_are_refused_like_nothing(self, write: Write) -> None:
        said = refused(write(f"{HEADER}无,2024-01-05,8:30,不详,b,1,,,\n"))
        assert [p.column for p in said.problems] == ["所", "编号"]

    def test_a_default_stands_for_them(self, write: Write) -> None:
        assert one(write(f"{HEADER}7,2024-01-05,8:30,a,b,无,,,\n")).values["loss_fen"] == 0

    def test_the_mapping_may_know_better(self, write: Write) -> None:
        text = MAPPING.replace("map: {城关: cg}", "map: {不详: s0}")
        assert one(write(f"{HEADER}7,2024-01-05,8:30,不详,b,1,,,\n"), text).values["station"] == "s0"
        assert (
            one(write(f"{HEADER}7,2024-01-05,8:30,无,b,1,,,\n"), f"{MAPPING}absent: [不详]\n").values["station"] == "无"
        )

    def test_a_flag_knows_its_own_words(self, write: Write) -> None:
        text = MAPPING.replace("stage:", "withdrawn: 姓名\n  stage:").replace(", name: 姓名", "")
        assert one(write(f"{HEADER}7,2024-01-05,8:30,a,b,1,,,无\n"), text).values["withdrawn"] is False
        assert "withdrawn" not in one(write(f"{HEADER}7,2024-01-05,8:30,a,b,1,,,不详\n"), text).values


class TestSpelling:
    def test_width_and_invisible_marks_make_no_new_code(self, write: Write) -> None:
        plain = one(write(f"{HEADER}A-7,2024-01-05,8:30,城关,贷款,1,,,\n"))
        other = one(write(f"{HEADER}\u202aＡ－７\u202c,2024-01-05,8:30,\u200b城关,贷款\u3000,１,,,\n"))
        assert (plain.key, plain.values) == (other.key, other.values)

    def test_keys_of_the_mapping_are_spelled_either_way(self, write: Write) -> None:
        text = MAPPING.replace("map: {城关: cg}", "map: {城关（东）: cg}")
        assert one(write(f"{HEADER}7,2024-01-05,8:30,城关(东),b,1,,,\n"), text).values["station"] == "cg"
        header = HEADER.replace("损失", "损失（元）")
        text = MAPPING.replace("column: 损失, unit: 万元", "column: 损失(元), unit: header")
        assert one(write(f"{header}7,2024-01-05,8:30,a,b,1,,,\n"), text).values["loss_fen"] == 100

    def test_an_id_that_lost_its_digits_is_refused(self, write: Write) -> None:
        text = MAPPING.replace('"x-{编号}"', '"{编号}"')
        assert [p.column for p in refused(write(f"{HEADER}4.21222E+17,2024-01-05,8:30,a,b,1,,,\n"), text).problems] == [
            "编号"
        ]

    def test_one_in_a_prefixed_id_is_refused_too(self, write: Write) -> None:
        said = refused(write(f"{HEADER}4.21222E+17,2024-01-05,8:30,4E+17,b,1,,,\n"))
        assert [(p.column, p.value) for p in said.problems] == [("所", "4E+17"), ("编号", "x-4.21222E+17")]

    def test_a_code_with_decimals_is_noted(self, write: Write) -> None:
        draft = one(write(f"{HEADER}1001.0,2024-01-05,8:30,12.00,b,1.0,,,\n"))
        assert draft.subject == "x-1001.0"
        assert [(n.column, n.value) for n in draft.notes] == [("编号", "1001.0"), ("所", "12.00")]

    def test_a_wrong_identity_does_not_cost_the_row_where_another_will_do(self, write: Write) -> None:
        draft = one(write(f"{HEADER}7,2024-01-05,8:30,a,b,1,ORG-77,13800138000,\n"))
        assert draft.identities == {"person": {"phone": "13800138000"}}
        assert [(n.column, n.value) for n in draft.notes] == [("身份证号", MASK)]


class TestRange:
    def test_the_end_that_the_mapping_asks_for(self, write: Write) -> None:
        cells = "7,2024-01-05 08:30:00-2024-01-06 09:00:00,,a,b,1,,,"
        for which, expected in (("start", "2024-01-05T00:30:00.000000Z"), ("end", "2024-01-06T01:00:00.000000Z")):
            text = MAPPING.replace("{columns: [日期, 时间]}", f"{{column: 日期, range: {which}}}")
            assert one(write(f"{HEADER}{cells}\n"), text).values["occurred_at"] == expected
        whole = refused(write(f"{HEADER}{cells}\n"), MAPPING.replace("{columns: [日期, 时间]}", "日期"))
        assert [p.column for p in whole.problems] == ["日期"]


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


class TestColumns:
    def test_by_letter(self, write: Write) -> None:
        text = MAPPING.replace("column: 所", "column: $D").replace('"x-{编号}"', '"x-{$A}"')
        draft = one(write(f"{HEADER.replace('所', '')}7,2024-01-05,8:30,城关,b,1,,,\n"), text)
        assert (draft.subject, draft.values["station"]) == ("x-7", "cg")
        with pytest.raises(InputError, match=r"表头没有列 \$Z"):
            convert(write(f"{HEADER}"), MAPPING.replace("column: 所", "column: $Z"))

    def test_by_another_heading_for_the_same(self, write: Write) -> None:
        text = f"{MAPPING}aliases: {{所: [派出所, 受令单位]}}\n"
        for heading in ("所", "派出所", "受令单位"):
            path = write(f"{HEADER.replace('所', heading)}7,2024-01-05,8:30,城关,b,1,,,\n")
            assert one(path, text).values["station"] == "cg"
        content = text.replace('"x-{编号}"', "{content: [所, 日期]}")
        paths = [
            write(f"{HEADER.replace('所', h)}7,2024-01-05,8:30,城关,b,1,,,\n", f"{h}.csv") for h in ("所", "派出所")
        ]
        assert len({one(path, content).subject for path in paths}) == 1, "an id does not rest on the heading"

    def test_optional_ones_may_be_missing(self, write: Write) -> None:
        text = MAPPING.replace("stage:", "residence_community: 社区\n  stage:") + "optional: [社区, 姓名]\n"
        draft = one(write(f"{HEADER.replace(',姓名', '')}7,2024-01-05,8:30,a,b,1,,\n"), text)
        assert "residence_community" not in draft.values
        path = write(f"{HEADER.replace('姓名', '社区')}7,2024-01-05,8:30,a,b,1,,,c1\n")
        assert one(path, text).values["residence_community"] == "c1"

    @pytest.mark.parametrize(
        ("heading", "unit"),
        [
            ("损失金额(万元)", "万元"),
            ("损失金额（万）", "万元"),
            ("损失(单位：元)", "元"),
            ("损失数（人民币万元）", "万元"),
            ("涉案金额_元", "元"),
            ("损失 单位:万元", "万元"),
            ("金额/损失（元）", "元"),
            ("loss (fen)", "fen"),
            ("损失", None),
            ("损失(美元)", None),
            ("万元以上损失", None),
            ("损失(元)(万元)", None),
            ("分局损失", None),
        ],
    )
    def test_the_unit_that_a_heading_names(self, heading: str, unit: str | None) -> None:
        assert unit_of(heading) == unit

    def test_a_heading_without_a_unit_is_refused_where_it_should_tell(self, write: Write) -> None:
        with pytest.raises(InputError, match=r"rows\.csv:1: 列 '损失' 没有写金额单位"):
            convert(write(HEADER), MAPPING.replace("unit: 万元", "unit: header"))


class TestHeader:
    def test_columns_that_are_missing(self, write: Write) -> None:
        with pytest.raises(InputError, match=r"rows\.csv:1: 表头没有列 编号, 手机"):
            convert(write(HEADER.replace("编号", "号").replace("手机", "电话")))

    def test_columns_that_stand_there_twice(self, write: Write) -> None:
        with pytest.raises(InputError, match="'所' 出现 2 次"):
            convert(write(HEADER.replace("类", "所").replace("编号", "编号,类")))
