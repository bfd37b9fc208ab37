"""The one place with colours and type: the desk is light, the wall is dark.

Out: named colours, and a style sheet made from them. A colour means one thing: bad red, good green, at risk amber,
information blue, last year grey; a sign, an arrow or a word always stands beside it.
"""

from dataclasses import asdict, dataclass
from importlib.resources import files

FONT = '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif'


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #RRGGBB. `text`, `muted` and the four meanings are read on `panel` and on `background`."""

    background: str
    panel: str
    line: str
    text: str
    muted: str
    bad: str
    good: str
    risk: str
    info: str

    @property
    def last_year(self) -> str:
        return self.muted

    def properties(self) -> str:
        """The colours as CSS custom properties, for the style sheet."""
        return ":root{" + "".join(f"--{name}:{value};" for name, value in asdict(self).items()) + f"--font:{FONT};}}"


DESK = Theme(
    background="#F6F8FB", panel="#FFFFFF", line="#DCE3EC", text="#16202E", muted="#5A6B80",
    bad="#C62828", good="#1B7F4B", risk="#9A6200", info="#1565C0",
)  # fmt: skip
WALL = Theme(
    background="#0B1220", panel="#121B2E", line="#22304D", text="#E6EDF7", muted="#8FA3C0",
    bad="#FF6B6B", good="#34C77B", risk="#FFB020", info="#4EA1FF",
)  # fmt: skip


def style_sheet(theme: Theme, name: str = "desk") -> str:
    """The colours, then the rules that use them (`NAME.css`)."""
    return theme.properties() + files("dashboards").joinpath(f"{name}.css").read_text("utf-8")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, after WCAG 2.2, section 1.4.3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
