"""Panels as data: each names what exists, in both languages, and says what it counts."""

import pytest

from dashboards.panels import PANELS, TILES, Panel
from streams.figures import figures

UNITS = {"count": {"起", "户", "人", "张"}, "wan_yuan": {"分"}, "rate": {"起/万人"}, "share": {""}, "rank": {"位"}}


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS.keys())
def test_a_panel_names_what_its_figures_have(panel: Panel) -> None:
    for measure in panel.measures:
        figure = figures()[measure.figure]
        (column,) = (c for c in figure.columns if c.name == measure.column)
        assert column.kind == "measure"
        assert column.unit in UNITS[measure.unit]
        assert set(measure.where) <= set(figure.by)
    assert set(panel.by) <= set(figures()[panel.head.figure].by)


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS.keys())
def test_a_panel_speaks_both_languages(panel: Panel) -> None:
    words = [(panel.zh, panel.en), (panel.counts_zh, panel.counts_en), *((m.zh, m.en) for m in panel.measures)]
    for zh, en in words:
        assert zh
        assert en.isascii() or "—" in en
        assert not zh.isascii()


def test_ids_are_the_panels_own() -> None:
    assert [panel.id for panel in TILES] == list(dict.fromkeys(panel.id for panel in TILES))
    assert {panel.id for panel in TILES} < PANELS.keys()
    assert all(id_ == panel.id for id_, panel in PANELS.items())


def test_only_what_is_better_one_way_is_compared() -> None:
    assert all(panel.head.better != "neither" for panel in PANELS.values() if panel.compared)
