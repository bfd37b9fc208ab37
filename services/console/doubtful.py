"""The page of doubts: what was accepted and is not believable, kind by kind, with what to do.

In: `known` and `kind` of the address. Out: a page that is its frame at once and fills when its reading is there. Each
row leads to the events of its subject. Readings are threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from html import escape
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from services.console.asker import Asker
from services.console.desk import Reader
from services.console.filled import fill
from services.console.frame import Frame
from services.console.places import Places, read_places
from services.console.state import State, WrongState, doubts_url, read_state, today_of
from streams.doubts import Doubt, doubts
from streams.figures import Question

LISTED = 200  # of one kind
HELD = 60.0  # seconds: the number on the desk is read so often at most, however many look
_SHOWN_EVENTS = 6
TITLE = ("存疑", "Doubts")


@dataclass(frozen=True, slots=True)
class DoubtsPage:
    reader: Reader
    frame: Frame

    def build(self, parameters: Mapping[str, str]) -> None:
        told = self.t("正在逐类查找，数据多时要几秒…", "looking kind by kind; over much data it takes seconds …")
        fill(self.frame, self.t(*TITLE), told, partial(self._read, parameters), "why doubts")

    def t(self, zh: str, en: str) -> str:
        return self.frame.say.t(zh, en)

    def _read(self, parameters: Mapping[str, str]) -> tuple[str, str, str]:
        """The stamp, the title and the kinds. Raises `WrongState` and what the reader raises."""
        known, kind = read_state({"known": parameters.get("known", "")}).known, parameters.get("kind", "")
        if kind and kind not in doubts():
            raise WrongState(f"kind={kind}：可用 / possible: {', '.join(doubts())}")
        asker = self.reader.asker.pinned()
        ask = partial(_listed, asker, known)
        kinds = [kind] if kind else list(doubts())
        found = {k: rows for k, rows in zip(kinds, asker.side_by_side(ask, kinds), strict=True) if rows}
        counts = {k: len(rows) for k, rows in found.items()}
        if many := tuple(k for k, n in counts.items() if n > LISTED):
            counts |= counted(asker, known, many)
        today = today_of(State(known=known), asker.answers.plan, asker.answers.now())
        places = read_places(asker, self.reader.lang, today, self.t("全县", "the county"))
        tables = [self._kind(doubts()[k], counts[k], rows[:LISTED], places) for k, rows in found.items()]
        none = f"<p>{self.t('没有存疑。', 'There are no doubts.')}</p>"
        stamp = self.frame.stamp(self.reader.stamp(State(known=known)))
        return stamp, self.t(*TITLE), self._above(counts, known, kind) + ("".join(tables) or none)

    def _above(self, counts: Mapping[str, int], known: datetime | None, kind: str) -> str:
        told = self.t(
            "已接收、也照常计数，但不可信的：更正之后自己消失。",
            "Accepted and counted, but not believable: a doubt goes when it is corrected.",
        )
        at = f" · {self.t('截至当时所知', 'as known at')} {self.frame.say.moment(known)}" if known else ""
        whole = self.t(f"共 {sum(counts.values()):,} 处", f"{sum(counts.values()):,} in all")
        every = f' · <a href="{escape(doubts_url(known))}">{self.t("全部各类", "all kinds")}</a>' if kind else ""
        links = "".join(
            f'<a href="{escape(doubts_url(known, k))}">{escape(self._name(doubts()[k]))} <b>{n:,}</b></a>'
            for k, n in counts.items()
        )
        command = "fanzha doubts" + (f" --kind {kind}" if kind else "")
        command += f" --as-known-at {quote(known.isoformat())}" if known else ""
        return (
            f'<p class="note">{told} {whole}{escape(at)}{every} · <code>{escape(command)}</code></p>'
            f'<nav class="kinds" aria-label="{self.t("各类", "kinds")}">{links}</nav>'
        )

    def _kind(self, doubt: Doubt, count: int, rows: list[dict[str, Any]], places: Places) -> str:
        heads = (("对象", "subject"), ("地方", "place"), ("哪里可疑", "what"), ("事件", "events"))
        head = "".join(f'<th scope="col">{self.t(*words)}</th>' for words in heads)
        lines = "".join(self._row(row, places) for row in rows)
        more = self.t(f"只列前 {LISTED} 处，其余用命令行", f"the first {LISTED}; the command line has the rest")
        rest = f'<p class="note">{more}</p>' if count > len(rows) else ""
        return (
            f'<section class="panel" id="kind-{doubt.kind}"><h2>{escape(self._name(doubt))}：{count:,}</h2>'
            f'<p class="note">{self.t("怎么办", "what to do")}：{escape(self.t(doubt.do_zh, doubt.do_en))}</p>'
            f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
            f"{rest}</section>"
        )

    def _row(self, row: Mapping[str, Any], places: Places) -> str:
        place = row["place"]
        named = next(
            (places.names[key] for key in (("station", place), ("community", place)) if key in places.names), ""
        )
        shown = row["events"][:_SHOWN_EVENTS]
        events = " ".join(f"<code>{escape(e)}</code>" for e in shown) + (
            " …" if len(row["events"]) > len(shown) else ""
        )
        where = f"{named} {place}" if named and named != place else place
        return (
            f'<tr><td><a href="/events?{urlencode({"key": row["subject"]})}">{escape(row["subject"])}</a></td>'
            f"<td>{escape(where or '—')}</td><td>{escape(row['detail'] or '—')}</td><td>{events or '—'}</td></tr>"
        )

    def _name(self, doubt: Doubt) -> str:
        return self.t(doubt.zh, doubt.en)


def counted(asker: Asker, known: datetime | None, kinds: tuple[str, ...] = ()) -> dict[str, int]:
    """How many doubts there are of each kind that has any."""
    where = {"kind": kinds} if kinds else {}
    return {row["kind"]: int(row["doubts"]) for row in asker.rows(Question("doubt_counts", where, as_known_at=known))}


def _listed(asker: Asker, known: datetime | None, kind: str) -> list[dict[str, Any]]:
    """One more than is shown, where there are more."""
    return asker.rows(Question("doubts", {"kind": (kind,)}, as_known_at=known, limit=LISTED + 1))
