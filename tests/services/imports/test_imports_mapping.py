"""Mapping files: what they can say, and that a wrong one is refused with its line before any row is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports import InputError, kind_of, load_mapping
from services.imports.check import read_mapping
from services.imports.kinds import INCIDENTS, KINDS, LATER, POPULATION_KIND, STATIONS
from services.imports.mapping import pieces, placeholders

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
GOOD = """\
id: "x-{编号}"
time_zone: Asia/Shanghai
fields:
  occurred_at: {columns: [日期, 时间], join: " ", format: "%Y%m%d %H:%M"}
  station: 所
  category: {column: 类, map: {贷款: fake_loan}, default: other}
  loss_fen: {column: 损失, unit: 万元, thousands: ","}
  stage: {constant: completed}
identities:
  person: {id_number: 身份证号, name: 姓名}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        read_mapping(text, INCIDENTS, "m.yaml")
    return str(raised.value).splitlines()


def changed(old: str, new: str) -> list[str]:
    """The faults of the good mapping with one part replaced; each begins with file and line."""
    assert old in GOOD
    return faults(GOOD.replace(old, new))


class TestGood:
    def test_every_part_is_read(self) -> None:
        mapping = read_mapping(GOOD, INCIDENTS)
        assert mapping.uses == ("编号", "日期", "时间", "所", "类", "损失")
        assert mapping.identity_columns == {"身份证号", "姓名"}
        assert mapping.fields["station"].column == "所"

    @pytest.mark.parametrize("name", ["foreign-incidents.yaml", "foreign-fraud.yaml"])
    def test_the_examples_are_good(self, name: str) -> None:
        mapping = load_mapping(EXAMPLES / name, INCIDENTS)
        assert mapping.id.template == "sf-{PdId}"
        assert mapping.unregistered.policy == "register"

    def test_scalars_are_text_as_written(self) -> None:
        text = GOOD.replace("{贷款: fake_loan}", "{no: other, 001: other, 2016-01-01: other}")
        assert read_mapping(text, INCIDENTS).fields["category"].map == {
            "no": "other",
            "001": "other",
            "2016-01-01": "other",
        }

    @pytest.mark.parametrize(("said", "meant"), [("gbk", "gb18030"), ("UTF-8", "utf-8"), ("utf-8-sig", "utf-8")])
    def test_names_of_encodings(self, said: str, meant: str) -> None:
        assert read_mapping(f"{GOOD}file: {{encoding: {said}}}\n", INCIDENTS).file.encoding == meant

    def test_delimiters(self) -> None:
        assert read_mapping(f"{GOOD}file: {{delimiter: tab}}\n", INCIDENTS).file.delimiter == "\t"

    @given(st.text(), st.text())
    def test_a_template_is_its_pieces(self, a: str, b: str) -> None:
        a, b = a.translate(str.maketrans("", "", "{}")), b.translate(str.maketrans("", "", "{}"))
        assert pieces(f"{a}{{列}}{b}") == (a, "列", b)
        assert placeholders(f"{a}{{列}}{b}") == ("列",)


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "line", "said"),
        [
            ('id: "x-{编号}"\n', "", 1, "id: 缺少"),
            ("time_zone: Asia/Shanghai", "time_zone: Asia/Beijing", 2, "未知时区"),
            ("time_zone:", "timezone:", 2, "未知的键"),
            ("time_zone: Asia/Shanghai", "kind: stations", 2, "映射用于 stations"),
            ("time_zone: Asia/Shanghai", "file: {header_row: first}", 2, "应为整数"),
            ("time_zone: Asia/Shanghai", "file: {encoding: latin1}", 2, "encoding: 值不对"),
            ("time_zone: Asia/Shanghai", 'file: {delimiter: "::"}', 2, "单个字符"),
            ("time_zone: Asia/Shanghai", "where: {类: 贷款}", 2, "应为列表"),
            ("time_zone: Asia/Shanghai", "unregistered: maybe", 2, "policy: 值不对"),
            ("time_zone: Asia/Shanghai", "unregistered: {policy: register, valid_from: 昨天}", 2, "不是日期"),
            ('"x-{编号}"', "x", 1, "模板中没有列"),
            ('"x-{编号}"', '"x-{编号"', 1, "花括号"),
            ('"x-{编号}"', '{content: mapped, template: "{a}"}', 1, "恰有一个"),
            ('"x-{编号}"', '"{身份证号}"', 1, "身份列"),
            ('"x-{编号}"', "{content: [编号, 姓名]}", 1, "身份列"),
            ('"%Y%m%d %H:%M"', '"%H:%M"', 4, "完整的 strptime"),
            ('"%Y%m%d %H:%M"', '"%Q"', 4, "完整的 strptime"),
            ("columns: [日期, 时间]", "columns: []", 4, "不能为空"),
            ("columns: [日期, 时间]", "column: 日期, constant: x", 4, "恰有一个"),
            ("  station: 所\n", "", 3, "缺少必需字段 station"),
            ("station: 所", "station: [所]", 5, "键值表"),
            ("station: 所", "station: 所\n  statoin: 所", 6, "没有字段 statoin"),
            ("station: 所", "station: 所\n  incident: 编号", 6, "写在 id 中"),
            ("station: 所", "station: {column: 所, unit: 元}", 5, "不用 unit"),
            ("station: 所", "station: {column: 姓名}", 5, "身份列"),
            ("map: {贷款: fake_loan}", "map: {贷款: loan}", 6, "'loan': 不在可选值中"),
            ("default: other", "default: others", 6, "'others': 不在可选值中"),
            (", unit: 万元", "", 7, "写明 unit"),
            ("unit: 万元", "unit: 美元", 7, "unit: 值不对"),
            ("{constant: completed}", "{constant: done}", 8, "'done': 不在可选值中"),
            ("{constant: completed}", "{constant: completed, default: attempted}", 8, "constant 不需要"),
            ("person:", "people:", 10, "没有身份 people"),
            ("id_number:", "passport:", 10, "未知的身份项"),
            ("time_zone: Asia/Shanghai", "fields: {}", 3, "重复的键"),
            ("time_zone: Asia/Shanghai", "a: &x 1\nb: *x", 3, "别名"),
            ("time_zone: Asia/Shanghai", "time_zone: [", 4, "不是有效的 YAML"),
            ("time_zone: Asia/Shanghai", "? [a]\n: b", 2, "键必须是文字"),
        ],
    )  # fmt: skip
    def test_with_its_line(self, old: str, new: str, line: int, said: str) -> None:
        found = changed(old, new)
        assert any(one.startswith(f"m.yaml:{line}: ") and said in one for one in found), found

    def test_all_faults_at_once(self) -> None:
        found = faults(GOOD.replace("time_zone", "zone").replace("unit: 万元", "unit: 万"))
        assert [one.split(":")[1] for one in found] == ["2", "7"]
        found = faults(GOOD.replace("Shanghai", "Beijing").replace("station", "statoin"))
        assert [one.split(":")[1] for one in found] == ["2", "3", "5"]

    @pytest.mark.parametrize("text", ["", "- a", "x", "\x07", "[" * 3000])
    def test_what_is_no_mapping_at_all(self, text: str) -> None:
        assert faults(text)[0].startswith("m.yaml:1: ")

    @given(st.text(max_size=40))
    def test_any_text_is_refused_or_read(self, text: str) -> None:
        assert faults(text)

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="无法读取"):
            load_mapping(tmp_path / "none.yaml", INCIDENTS)
        (tmp_path / "gbk.yaml").write_bytes("名: 值".encode("gb18030"))
        with pytest.raises(InputError, match="UTF-8"):
            load_mapping(tmp_path / "gbk.yaml", INCIDENTS)


class TestKinds:
    def test_population_needs_one_of_its_figures(self) -> None:
        with pytest.raises(InputError, match="至少需要其一"):
            read_mapping("id: '{社区}'\nfields: {valid_from: 日期}\n", POPULATION_KIND)

    def test_a_station_needs_no_day(self) -> None:
        assert read_mapping("id: '{a}'\nfields: {name: b, township: c}\n", STATIONS).fields.keys() == {
            "name",
            "township",
        }

    @pytest.mark.parametrize("name", sorted(LATER))
    def test_kinds_to_come_say_so(self, name: str) -> None:
        with pytest.raises(InputError, match="尚未提供"):
            kind_of(name)

    def test_unknown_kinds_name_the_known(self) -> None:
        with pytest.raises(InputError, match="stations, communities, population, incidents"):
            kind_of("station")

    def test_no_header_means_two_fields_and_every_field_is_used(self) -> None:
        for kind in KINDS.values():
            used = {f for e in kind.entities for f in e.data.values()}
            used |= {f for e in kind.entities for c in e.changes for f in (*c.fields, *c.time)}
            used |= {f for e in kind.entities for f in e.time}
            assert {f.name for f in kind.fields} <= used
            names = [n for f in kind.fields for n in (f.name, *f.names)]
            assert len(names) == len(set(names)), kind.name
