"""Proposals: what a header and the look of the first rows tell, and what is left to a person."""

from pathlib import Path

import pytest

from services.imports import InputError, kind_of, propose
from services.imports.check import read_mapping
from services.imports.kinds import INCIDENTS, KINDS
from services.imports.mapping import FileForm
from services.imports.sample import default_mapping
from tests.services.imports.conftest import Write
from tests.services.imports.importing import open_table

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

    def test_a_code_goes_before_a_name(self, write: Write) -> None:
        path = write("警情编号,发案时间,派出所,派出所代码,类别,损失(元),阶段\n")
        assert default_mapping(INCIDENTS, open_table(path, FileForm())).fields["station"].column == "派出所代码"

    def test_identities_are_never_left_lying_about(self, write: Write) -> None:
        path = write("警情编号,发案时间,派出所,类别,损失(元),阶段,手机号\n")
        assert default_mapping(INCIDENTS, open_table(path, FileForm())).identity_columns == {"手机号"}
