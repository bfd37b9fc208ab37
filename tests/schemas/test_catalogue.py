"""The catalogue of 48 methods: codes, families, the three sets, and what a wrong file is told."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from schemas import Catalogue, CatalogueError, default_catalogue, read_catalogue
from tests.schemas.samples import CURRENT_NAMES, ROOT, fresh

FILE = ROOT / "schemas" / "catalogues" / "methods-2016.yaml"
FAMILIES = {
    "task_rebate": "刷单返利",
    "fake_investment": "虚假投资理财",
    "fake_shopping": "虚假购物",
    "fake_customer_service": "冒充电商物流客服",
    "fake_loan": "虚假贷款",
    "fake_credit_repair": "虚假征信",
    "impersonate_acquaintance": "冒充领导熟人",
    "impersonate_authority": "冒充公检法",
    "romance": "网络婚恋",
    "game_trade": "游戏交易",
    "other": "其他",
}
SMALL = """
version: "2"
name: 目录
families: {a: 甲, b: 乙}
methods: {m1: {name: 一, family: a}}
sets: {s: {name: 集, families: [a, b]}}
"""


@pytest.fixture
def catalogue() -> Catalogue:
    return default_catalogue()


def test_forty_eight_methods_in_order(catalogue: Catalogue) -> None:
    assert catalogue.methods == tuple(f"m{n:02d}" for n in range(1, 49))
    assert len({catalogue.label(code) for code in catalogue.methods}) == 48
    assert catalogue.version == "2016"


def test_families_have_their_chinese_names(catalogue: Catalogue) -> None:
    assert {code: catalogue.label(code) for code in catalogue.families} == FAMILIES
    assert catalogue.codes == catalogue.methods + tuple(FAMILIES)


@pytest.mark.parametrize(
    ("code", "label", "family"),
    [
        ("m01", "QQ冒充好友", "impersonate_acquaintance"),
        ("m14", "冒充公检法电话", "impersonate_authority"),
        ("m24", "办理信用卡", "fake_credit_repair"),
        ("m25", "刷卡消费", "impersonate_authority"),
        ("m31", "贷款", "fake_loan"),
        ("m36", "“猜猜我是谁”", "impersonate_acquaintance"),
        ("m39", "高薪招聘", "task_rebate"),
        ("m48", "二维码", "other"),
        ("romance", "网络婚恋", "romance"),
        ("game_trade", "游戏交易", "game_trade"),
    ],
)
def test_methods(catalogue: Catalogue, code: str, label: str, family: str) -> None:
    assert (catalogue.label(code), catalogue.family_of(code)) == (label, family)


def test_the_sets_of_the_work_plans(catalogue: Catalogue) -> None:
    assert {code: set(families) for code, families in catalogue.sets.items()} == {
        "four": {"fake_loan", "fake_investment", "task_rebate", "fake_customer_service"},
        "union_five": {
            "task_rebate",
            "fake_loan",
            "fake_customer_service",
            "impersonate_acquaintance",
            "romance",
        },
        "five_whatevers": {
            "task_rebate",
            "fake_loan",
            "fake_investment",
            "impersonate_acquaintance",
            "impersonate_authority",
        },
    }
    assert [catalogue.label(code) for code in catalogue.sets] == ["四类", "工会五类", "五个凡是"]
    assert {code: len(families) for code, families in catalogue.sets.items()} == {
        "four": 4,
        "union_five": 5,
        "five_whatevers": 5,
    }


def test_unknown_codes(catalogue: Catalogue) -> None:
    assert catalogue.family_of("m49") is None
    assert catalogue.family_of("four") is None
    assert catalogue.label("m49") == "m49"


def test_it_says_that_the_assignment_is_ours(catalogue: Catalogue) -> None:
    assert "本软件的归法" in catalogue.note
    assert "not official" in catalogue.note


def test_it_cannot_be_changed(catalogue: Catalogue) -> None:
    with pytest.raises(FrozenInstanceError):
        catalogue.version = "x"  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        catalogue.sets["four"] = ()  # type: ignore[index]  # the point of the test


def test_examples_use_its_codes(catalogue: Catalogue) -> None:
    used = {fresh(name)["data"].get("category") for name in CURRENT_NAMES} - {None}
    assert used
    assert used <= set(catalogue.codes)


def test_a_county_may_bring_its_own() -> None:
    own = read_catalogue(SMALL)
    assert own.family_of("m1") == "a"
    assert own.sets == {"s": ("a", "b")}
    assert own.note == ""


@pytest.mark.parametrize(
    ("old", "new", "where", "why"),
    [
        ("family: a", "family: c", "methods/m1/family", "unknown family 'c'"),
        ("[a, b]", "[a, c]", "sets/s/families", "unknown family 'c'"),
        ("[a, b]", "[a, a]", "sets/s/families", "a family twice"),
        ("[a, b]", "[]", "sets/s/families", "at least 1"),
        ("m1:", "a:", "a", "one code, two meanings"),
        ("m1:", "M-1:", "methods/M-1", "pattern"),
        ('"2"', "2", "version", "valid string"),
        ("name: 目录", "title: 目录", "title", "Extra inputs"),
        ("name: 一", 'name: ""', "methods/m1/name", "at least 1"),
        ("a: 甲, b: 乙", "a: 甲, a: 乙", "line 4", "duplicate key 'a'"),
        ("families: {a: 甲, b: 乙}", "families: {a: 甲", "line 5", "not YAML"),
        (SMALL, "", "whole file", "valid dictionary"),
        (SMALL, "- 1", "whole file", "valid dictionary"),
        ('"2"', "2016-13-01", "my.yaml", "month must be in"),
    ],
)
def test_a_wrong_file_is_told_where_and_why(old: str, new: str, where: str, why: str) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(SMALL.replace(old, new), "my.yaml")
    said = str(caught.value)
    assert said.startswith("my.yaml: ")
    assert where in said
    assert why in said


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(CatalogueError, match=r"methods/m1/family.*sets/s/families"):
        read_catalogue(SMALL.replace("{a: 甲, b: 乙}", "{x: 甲}"))


def test_the_default_is_the_file_that_ships() -> None:
    assert Path(FILE).is_file()
    assert read_catalogue(FILE.read_text("utf-8")) == default_catalogue()
