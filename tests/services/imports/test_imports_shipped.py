"""The mappings that come with the product, on tables of those forms as people fill them in."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from services.imports import SHIPPED, InputError, Job, Problem, import_files, load_mapping
from services.imports.kinds import INCIDENTS
from services.imports.problems import MASK
from services.imports.runner_memory import MemoryRunner
from tests.services.imports.conftest import Write
from tests.services.imports.workbook import Sheet, Value, write_book

LIST = ["序号", "分县局", "辖区派出所", "报警时间", "简要案情", "警情类别", "损失金额(万)", "止付情况", "是/否宣传"]
PLATFORM = (
    "案件编号,案件名称,案件大类,案件子类,发案时间,发案地区,发案地详细地址,简要案情,涉案金额,最后录入时间,首次发布时间,审核单位,"
    "来源App,立案单位,立案时间,立案人,立案人手机号,立案人座机号,立案人号码归属地,受害人类型,姓名,人员类型,报案时间,联系电话,"
    "号码归属地,身份证号/组织机构代码,报案人姓名,报案人身份证号,其他证件类型,其他证件号码,所在单位,职业,性别,年龄"
)


def brought(runner: MemoryRunner, name: str, path: Path) -> tuple[dict[str, Any], list[Problem]]:
    problems: list[Problem] = []
    found = import_files(Job(INCIDENTS, load_mapping(Path(name), INCIDENTS)), [path], runner, problems.append)
    return found.as_dict(), problems


def incidents(runner: MemoryRunner) -> list[dict[str, Any]]:
    return [event for event in runner.events if event["type"] == "incident.reported"]


class TestShiftList:
    ROWS: tuple[list[Value], ...] = (
        [1.0, "甲局", "东所", "2026-10-12 09:41:07", "刷单", "刷单返利类", 3.2, "", "是"],
        [2.0, "甲局", "西所", "2026-10-12 10:05", "退款", "冒充电商物流客服类", "0.98", "未止付", "否"],
        [3.0, "乙局", "南所", "2026/10/12 23时许", "投资\n又投", "虚假网络投资理财类", "12万", "", ""],
        [4.0, "乙局", "南所", "2026.10.12 24时许", "游戏", "没有见过的类", 0.03, "", ""],
    )
    TOTAL: tuple[Value, ...] = ("合计", None, "合 计", None, None, None, 16.21, None, None)

    def book(self, path: Path, head: list[str] = LIST) -> Path:
        day = Sheet([["24小时警情列表"], head, *self.ROWS, self.TOTAL], merged=["A1:I1"])
        longer = Sheet([["48小时警情列表"], head, *self.ROWS[:2]], merged=["A1:I1"])
        return write_book(path / "list.xlsx", {"24时": day, "48时": longer, "72时": Sheet([["72小时"], head])})

    def test_every_incident_once_however_often_it_is_listed(self, runner: MemoryRunner, tmp_path: Path) -> None:
        said, problems = brought(runner, "shift-list", self.book(tmp_path))
        assert (said["read"], said["accepted"], said["duplicate"], said["skipped"], said["rejected"]) == (7, 4, 2, 1, 0)
        assert problems == []
        assert [(e["data"]["station"], e["data"]["category"], e["data"]["loss_fen"]) for e in incidents(runner)] == [
            ("东所", "task_rebate", 3_200_000),
            ("西所", "fake_customer_service", 980_000),
            ("南所", "fake_investment", 12_000_000),
            ("南所", "other", 30_000),
        ]
        assert incidents(runner)[3]["time"] == "2026-10-12T16:00:00.000000Z"
        again, _ = brought(runner, "shift-list", self.book(tmp_path))
        assert (again["accepted"], again["duplicate"]) == (0, 6)

    def test_other_headings_for_the_same_and_the_unit_they_name(self, runner: MemoryRunner, tmp_path: Path) -> None:
        brought(runner, "shift-list", self.book(tmp_path))
        head = [
            "序号",
            "受令单位",
            "派出所",
            "报警时间",
            "简要案情",
            "警情分类",
            "损失金额(万元)",
            "止付情况",
            "是否宣传",
        ]
        again, _ = brought(runner, "shift-list", self.book(tmp_path, head))
        assert (again["accepted"], again["duplicate"]) == (0, 6)
        with pytest.raises(InputError, match="没有写金额单位"):
            brought(runner, "shift-list", self.book(tmp_path, [*LIST[:6], "损失金额", *LIST[7:]]))

    def test_the_reporter_goes_to_the_vault_where_the_list_names_one(
        self, runner: MemoryRunner, tmp_path: Path
    ) -> None:
        sheet = Sheet([[*LIST, "报警人", "报警电话", "社区"], [*self.ROWS[0], "张三", "13800138000", "东街"]])
        brought(runner, "shift-list", write_book(tmp_path / "list.xlsx", {"24时": sheet}))
        data = incidents(runner)[0]["data"]
        assert data["reporter"] == {"phone": "13800138000"}
        assert data["residence_community"] == "东街"
        assert "张三" not in repr(runner.events)


class TestCasePlatform:
    def row(self, number: str, **said: str) -> str:
        cells = {
            "案件编号": number, "案件名称": "某被诈骗案", "案件大类": "刷单返利类", "简要案情": "案情",
            "发案时间": "2026-10-11 20:00:00-2026-10-12 09:30:00", "涉案金额": "32000.00",
            "最后录入时间": "2026-10-20 17:12:40", "立案单位": "刑侦大队", "立案时间": "2026-10-12 11:00:00",
            "立案人": "民警甲", "立案人手机号": "13700137000", "受害人类型": "自然人", "姓名": "张三",
            "报案时间": "2026-10-12 09:30:00", "联系电话": "13800138000", "身份证号/组织机构代码": "110105199001011234",
            "报案人姓名": "李四", "报案人身份证号": "", "性别": "女", "职业": "学生", "年龄": "16",
        } | said  # fmt: skip
        return ",".join(cells.get(name, "") for name in PLATFORM.split(","))

    def test_a_case_is_an_incident_and_its_filing(self, runner: MemoryRunner, write: Write) -> None:
        path = write(f"{PLATFORM}\n{self.row('A1')}\n", encoding="utf-8-sig")
        said, problems = brought(runner, "case-platform", path)
        assert (said["accepted"], said["rejected"], problems) == (1, 0, [])
        (event,) = incidents(runner)
        assert event["data"] == {
            "occurred_at": "2026-10-11T12:00:00.000000Z",
            "station": "刑侦大队",
            "category": "task_rebate",
            "loss_fen": 3_200_000,
            "stage": "completed",
            "sex": "female",
            "occupation": "学生",
            "person": {"id_number": "110105199001011234"},
            "reporter": {"name": "李四"},
        }
        assert runner.values("incident", "A1")["case_number"] == "A1"
        assert not [word for word in ("张三", "民警甲", "13700137000", "13800138000") if word in repr(runner.events)]

    def test_a_company_has_no_identity_number(self, runner: MemoryRunner, write: Write) -> None:
        row = self.row("A2", **{"身份证号/组织机构代码": "91110000X", "案件大类": "冒充领导、熟人类"})
        said, problems = brought(runner, "case-platform", write(f"{PLATFORM}\n{row}\n"))
        assert (said["accepted"], said["rejected"]) == (1, 0)
        assert incidents(runner)[0]["data"]["person"] == {"phone": "13800138000"}
        assert [(p.line, p.column, p.value) for p in problems] == [(2, "身份证号", MASK)]

    def test_tomorrows_export_corrects(self, runner: MemoryRunner, write: Write) -> None:
        brought(runner, "case-platform", write(f"{PLATFORM}\n{self.row('A1')}\n"))
        brought(runner, "case-platform", write(f"{PLATFORM}\n{self.row('A1', 涉案金额='486000.00')}\n"))
        assert runner.values("incident", "A1")["loss_fen"] == 48_600_000
        assert len(incidents(runner)) == 1


class TestNames:
    @pytest.mark.parametrize("name", sorted(SHIPPED))
    def test_each_is_a_mapping_and_each_mapping_is_named(self, name: str) -> None:
        assert load_mapping(Path(name), INCIDENTS).source == f"import/{name}"
        there = {one.name for one in files("services.imports").joinpath("maps").iterdir()}
        assert there == {f"{one}.yaml" for one in SHIPPED}

    def test_a_file_of_that_name_goes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("shift-list").write_text("id: x", "utf-8")
        with pytest.raises(InputError, match=r"shift-list:1: "):
            load_mapping(Path("shift-list"), INCIDENTS)

    def test_what_is_neither_names_those_there_are(self) -> None:
        with pytest.raises(InputError, match="自带的映射有 shift-list, case-platform"):
            load_mapping(Path("shift-lists"), INCIDENTS)
