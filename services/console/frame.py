"""What stands around the figures: top line, freshness stamp, title, filters, and the tree of the county, as HTML.

Links carry a `data-key`: where a fragment is put anew, the one that had the focus has it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from dashboards import labels
from schemas import BASES
from services.console.places import Places
from services.console.say import Say
from services.console.state import PERIODS, State, doubts_url
from services.console.values import Desk, Stamp
from streams.lateness import LATE
from streams.windows import last_day

_DAY = ("2026-12-01", r"\d{4}-\d{2}-\d{2}")  # an example, and the form it stands for
_MOMENT = ("2026-12-01 14:30", _DAY[1] + r" \d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True, slots=True)
class Frame:
    say: Say

    def fragments(self, desk: Desk, places: Places) -> dict[str, str]:
        return {
            "stamp": self.stamp(desk.stamp),
            "title": self.title(desk, places),
            "known": self.known(desk.state),
            "filters": self.filters(desk),
            "tree": self.tree(places, desk.state),
        }

    def top(self, stamp: str = "") -> str:
        brand, skip = self.t("反诈宣传台账", "Anti-fraud publicity"), self.t("跳到数字", "skip to the figures")
        return (
            f'<a class="skip" href="#host-tiles">{skip}</a><div class="top"><a class="brand" href="/" data-key="home" '
            f'aria-label="{self.t("主页", "home")}">{brand}</a><div class="end" id="host-stamp">{stamp}</div></div>'
        )

    def menus(self) -> str:
        """On a narrow screen places and filters are menus that open; on a wide one they stand there."""
        items = (
            ("tree", "host-tree", self.t("地方", "places")),
            ("filters", "host-filters host-known", self.t("期间与口径", "period and basis")),
        )
        buttons = "".join(
            f'<button type="button" data-menu="{name}" aria-controls="{opens}" aria-expanded="false">☰ {text}</button>'
            for name, opens, text in items
        )
        return f'<nav class="menus" aria-label="{self.t("菜单", "menus")}">{buttons}</nav>'

    def reading(self) -> str:
        """Shown where figures take more than two seconds."""
        told = self.t(
            "正在读取所选地方和期间的数字；数据多或机器忙时要几秒…",
            "reading the figures of this place and period; over much data or on a busy machine it takes seconds …",
        )
        return f'<p class="reading" role="status">{told}</p>'

    def notice(self, rebuilding: tuple[int, int] | None, clock_doubt: str, late: float) -> str:
        """What keeps figures or submissions from coming, with what to do; empty where nothing does."""
        said = ""
        if rebuilding is not None:
            done, total = rebuilding
            text = self.t("升级后正在重建统计，完成后自动显示；提交照常", "figures are made anew after the upgrade")
            far = f"{self.say.count(done)} / {self.say.count(total)}" if total else ""
            bar = f'<progress max="{total or 1}" value="{done}"></progress>'
            said += f'<p class="notice" role="status">{text} {far} {bar}</p>'
        elif late >= LATE:
            zh = f"数据迟到：已入库的记录 {self.say.count(int(late))} 秒未进入统计，请检查处理进程"
            en = f"figures are late: records have waited for {int(late)} s, look at the process that moves them"
            said += f'<p class="notice bad" role="alert">⚠ {self.t(zh, en)}</p>'
        if clock_doubt:
            sure = self.t("时钟无误，继续接收", "the clock is right, go on")
            said += (
                f'<form class="notice bad" role="alert" data-form="clock">⚠ {escape(clock_doubt)} '
                f"<button>{sure}</button></form>"
            )
        return said

    def waiting(self) -> str:
        """The stamp before the first figures: where none come, that is told as well."""
        reading, lost = self.t("正在读取…", "reading …"), self.t("⚠ {} 秒没有答复", "⚠ no answer for {} s")
        return f'<span class="stamp" id="fresh" role="status" data-quiet="1" data-lost="{lost}">{reading}</span>'

    def stamp(self, stamp: Stamp) -> str:
        mark = (
            f'<strong class="demo" id="demo">{self.t("演示数据", "SIMULATED DATA")}</strong>' if stamp.simulated else ""
        )
        if stamp.recorded is None:
            return mark
        state = "stale" if stamp.stale else "fresh"
        told = f"{self.t('数据截至', 'as of')} {self.say.moment(stamp.recorded)}"
        late = self.t("已陈旧 ", "stale, ") if stamp.stale else ""
        lost = self.t("⚠ 与服务失去联系，画面停在 {} 秒前", "⚠ no contact with the service, as of {} s ago")
        return (
            f'{mark}<span class="stamp {state}" id="fresh" role="status" data-quiet="1" data-lost="{lost}">'
            f"{'⚠ ' if stamp.stale else ''}{escape(told)} · {late}{self.say.age(stamp.age)}</span>"
        )

    def title(self, desk: Desk, places: Places) -> str:
        marks = [] if places.knows(desk.state) else [self.t("⚠ 现行名册中没有这个代码", "⚠ not in today's registers")]
        if desk.began:
            marks.append(
                self.t(f"⚠ {desk.began} 起计数，本期未计全", f"⚠ counted from {desk.began}, not the whole period")
            )
        if desk.state.known:
            marks.append(f"{self.t('截至当时所知', 'as known at')} {self.say.moment(desk.state.known)}")
        days = desk.windows.now
        said = "".join(f' · <strong class="known">{escape(mark)}</strong>' for mark in marks)
        return (
            f"<h1>{escape(desk.place)}</h1><p>{escape(days.text)}{self._under_way(desk)} · "
            f"{escape(labels.name(desk.basis, self.say.lang))}{said}</p>"
        )

    def _under_way(self, desk: Desk) -> str:
        """How far the month or the year to date has come."""
        far, to = desk.windows.now.days, desk.windows.now.to
        if desk.state.period == "month":
            of = last_day(to).day
            return self.t(f" · 本月至今，第 {far} 天，共 {of} 天", f" · month to date, day {far} of {of}")
        if desk.state.period == "year":
            of = to.replace(month=12, day=31).timetuple().tm_yday
            return self.t(f" · 今年至今，第 {far} 天，共 {of} 天", f" · year to date, day {far} of {of}")
        return ""

    def doubts(self, known: datetime | None, number: int | None) -> str:
        """The way to what is not believable, and how much there is of it where that has been read."""
        count = "" if number is None else f' <b id="doubts">{self.say.count(number)}</b>'
        return f'<a href="{escape(doubts_url(known))}" data-key="doubts">{self.t("存疑", "doubts")}{count}</a>'

    def filters(self, desk: Desk) -> str:
        state, now = desk.state, desk.windows.now
        periods = [
            (p, self.t(*PERIODS[p]), state.at(period=p, since=None, to=None), p == state.period)
            for p in PERIODS
            if p != "days"
        ]
        bases = [(b, labels.name(b, self.say.lang), state.at(basis=b), b == desk.basis) for b in BASES]
        here = " here" if state.period == "days" else ""
        return (
            f'<nav aria-label="{self.t("期间", "period")}" class="group">{_links(periods)}</nav>'
            f'<form class="group{here}" data-form="days" novalidate>'
            f"<label>{self.t('自', 'from')} {_typed('from', _DAY, str(now.since))}</label>"
            f"<label>{self.t('至', 'to')} {_typed('to', _DAY, str(now.to))}</label>"
            f"<button>{self.t('查看', 'show')}</button></form>"
            f'<nav aria-label="{self.t("统计口径", "counting basis")}" class="group end">{_links(bases)}</nav>'
        )

    def known(self, state: State) -> str:
        known = state.known.astimezone(self.say.zone).strftime("%Y-%m-%d %H:%M") if state.known else ""
        back = (
            f'<a href="{escape(state.at(known=None).url)}" data-key="now">{self.t("回到现在", "back to now")}</a>'
            if known
            else ""
        )
        return (
            f'<form class="group" data-form="known" novalidate>{back}'
            f"<label>{self.t('截至当时所知', 'as known at')} {_typed('known', _MOMENT, known)}</label>"
            f"<button>{self.t('查看', 'show')}</button></form>"
        )

    def tree(self, places: Places, state: State) -> str:
        base = state.at(level="county", place="")
        stations = "".join(
            _leaf(places.label("station", c), state.at(level="station", place=c), state)
            for c in (*places.stations, *places.gone)
        )
        towns = "".join(self._town(places, code, state) for code in places.townships)
        is_open = " open" if state.level in ("county", "station") else ""
        head = self.t("乡镇与社区（村）", "Townships and communities")
        return (
            f"<ul>{_leaf(places.county, base, state)}</ul>"
            f'<details{is_open} data-key="stations"><summary class="head">{self.t("派出所", "Stations")}</summary>'
            f"<ul>{stations}</ul></details>"
            f'<details open data-key="townships"><summary class="head">{head}</summary>{towns}</details>'
        )

    def t(self, zh: str, en: str) -> str:
        return self.say.t(zh, en)

    def _town(self, places: Places, code: str, state: State) -> str:
        inside = places.of_township.get(code, ())
        here = state.level == "township" and state.place == code
        is_open = " open" if here or (state.level == "community" and state.place in inside) else ""
        leaves = "".join(
            _leaf(places.label("community", c), state.at(level="community", place=c), state) for c in inside
        )
        at = state.at(level="township", place=code)
        town = _anchor(f"township-{code}", places.label("township", code), at, here)
        return (
            f'<details class="town"{is_open} data-key="open-{escape(code)}"><summary>{town}</summary>'
            f"<ul>{leaves}</ul></details>"
        )


def _typed(name: str, form: tuple[str, str], value: str) -> str:
    """A day or a moment as text: a browser's own field for them follows the language of the browser. What is wrong is
    told by the server, in ours."""
    example, pattern = form
    return (
        f'<input type="text" name="{name}" inputmode="numeric" autocomplete="off" size="{len(example)}" '
        f'placeholder="{example}" title="{example}" pattern="{pattern}" value="{escape(value)}">'
    )


def _links(items: Iterable[tuple[str, str, State, bool]]) -> str:
    return "".join(_anchor(*item) for item in items)


def _anchor(key: str, text: str, state: State, here: bool) -> str:
    mark = ' aria-current="true"' if here else ""
    return f'<a href="{escape(state.url)}" data-key="{escape(key)}"{mark}>{escape(text)}</a>'


def _leaf(text: str, target: State, state: State) -> str:
    return f"<li>{_anchor(f'{target.level}-{target.place}', text, target, target == state)}</li>"
