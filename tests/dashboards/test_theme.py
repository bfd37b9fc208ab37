"""Colours: readable by formula, and nowhere but in the theme."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from dashboards.theme import DESK, WALL, Theme, contrast, style_sheet

ROOT = Path(__file__).resolve().parents[2]
READ = ("text", "muted", "bad", "good", "risk", "info", "last_year")
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|\brgba?\(|\bhsla?\(")


def test_contrast_is_that_of_the_standard() -> None:
    """Known pairs: the extremes, and the two greys on either side of 4.5 on white."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#FFFFFF", "#FFFFFF") == 1.0
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [DESK, WALL], ids=["desk", "wall"])
def test_everything_that_is_read_can_be_read(theme: Theme) -> None:
    poor = {
        (name, ground): round(contrast(getattr(theme, name), getattr(theme, ground)), 2)
        for name in READ
        for ground in ("panel", "background")
        if contrast(getattr(theme, name), getattr(theme, ground)) < 4.5
    }
    assert not poor
    assert contrast(theme.panel, theme.info) >= 4.5  # the chosen filter


def test_text_on_a_bar_can_be_read() -> None:
    """A bar is the information colour at the opacity of the style sheet over the panel."""
    (opacity,) = (float(n) for n in re.findall(r"td \.bar\{[^}]*opacity:([\d.]+)", style_sheet(DESK)))
    mixed = "#" + "".join(
        f"{round(int(DESK.info[i : i + 2], 16) * opacity + int(DESK.panel[i : i + 2], 16) * (1 - opacity)):02X}"
        for i in (1, 3, 5)
    )
    assert contrast(DESK.text, mixed) >= 4.5


def test_the_sheet_uses_named_colours_that_exist() -> None:
    sheet = style_sheet(DESK)
    used = set(re.findall(r"var\(--(\w+)\)", sheet))
    assert used <= {*asdict(DESK), "font"}
    assert not COLOUR.search((ROOT / "dashboards/desk.css").read_text("utf-8"))
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_no_page_has_a_colour_of_its_own() -> None:
    pages = [p for p in (ROOT / "services/console").iterdir() if p.suffix in (".py", ".js")]
    assert len(pages) > 5
    found = {p.name: COLOUR.findall(p.read_text("utf-8")) for p in pages}
    assert not {name: colours for name, colours in found.items() if colours}


def test_a_colour_in_a_page_would_be_found() -> None:
    assert all(map(COLOUR.search, ("color:#fff", "'#1565C0'", "rgb(0,0,0)")))
    assert not COLOUR.search('href="#host-tiles"')
