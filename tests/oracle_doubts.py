"""Doubts by brute force, from the events alone; a second implementation on purpose, as `tests.oracle` is."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from schemas import default_catalogue
from tests.oracle import Known, Said, newest

Found = set[tuple[str, str, tuple[str, ...]]]
_NOT_SEEN = {"topics", "evidence", "method", "collector", "performer_kind", "valid_from", "reason"}


def found_in(known: Known, base: str) -> dict[str, Found]:
    """(subject, place, events) of each kind that needs no mart."""
    return {
        "tied": _tied(known),
        "contradicted": _contradicted(known),
        "reported_before": _incidents(known, _before),
        "in_future": _incidents(known, _future) | _dated(known, "action", "time") | _dated(known, "receipt", "signed"),
        "unknown_category": _incidents(known, _category),
        "no_duty": _no_duty(known),
        "no_population": _no_population(known, base),
        "gone_place": _gone(known),
    }


def setter(events: list[Said], name: str) -> Said | None:
    """The event that sets a field."""
    return next((e for e in reversed(events) if e.sets.get(name) is not None), None)


def _tied(known: Known) -> Found:
    out: Found = set()
    for (family, subject), events in known.counted.items():
        if family not in ("incident", "receipt", "action", "registry"):
            continue
        groups: dict[Any, list[Said]] = defaultdict(list)
        for e in events:
            groups[(e.type, e.sets["valid_from"]) if family == "registry" else ()].append(e)
        tied: set[str] = set()
        for told in groups.values():
            for name in {n for e in told for n in e.sets} - _NOT_SEEN:
                setting = [e for e in told if e.sets.get(name) is not None]
                top = [e for e in setting if e.rank[:2] == max(s.rank[:2] for s in setting)]
                if len({e.sets[name] for e in top}) > 1:
                    tied |= {e.id for e in top}
        if tied:
            out.add((subject, "", tuple(sorted(tied))))
    return out


def _contradicted(known: Known) -> Found:
    contents: dict[str, set[str]] = defaultdict(set)
    for s in known.said:
        contents[s.id].add(s.digest)
    return {(known.first[i].subject, "", (i,)) for i, digests in contents.items() if len(digests) > 1}


def _incidents(known: Known, wrong: Any) -> Found:
    out: Found = set()
    for subject, events in known.entities("incident"):
        if not newest(events, "withdrawn", False) and (by := wrong(known, events)):
            out.add((subject, newest(events, "station") or "", tuple(dict.fromkeys(e.id for e in by))))
    return out


def _before(_: Known, events: list[Said]) -> list[Said]:
    told, happened = setter(events, "reported"), setter(events, "occurred")
    return [told, happened] if told and happened and told.sets["reported"] < happened.sets["occurred"] else []


def _future(_: Known, events: list[Said]) -> list[Said]:
    by = setter(events, "occurred")
    return [by] if by and by.sets["occurred"] > by.recorded + timedelta(days=1) else []


def _category(_: Known, events: list[Said]) -> list[Said]:
    by = setter(events, "category")
    return [by] if by and by.sets["category"] not in default_catalogue().codes else []


def _stands(known: Known, family: str) -> list[tuple[str, list[Said]]]:
    return [(s, told) for s, told in known.entities(family) if not any(e.type == f"{family}.voided" for e in told)]


def _dated(known: Known, family: str, name: str) -> Found:
    out: Found = set()
    for subject, events in _stands(known, family):
        by = setter(events, name)
        if by and by.sets[name] > by.recorded + timedelta(days=1):
            out.add((subject, newest(events, "community") or newest(events, "station") or "", (by.id,)))
    return out


def _no_duty(known: Known) -> Found:
    out: Found = set()
    for subject, events in _stands(known, "action"):
        by = setter(events, "channel")
        if by and not newest(events, "duty"):
            out.add((subject, newest(events, "community") or newest(events, "station") or "", (by.id,)))
    return out


def _no_population(known: Known, base: str) -> Found:
    out: Found = set()
    for subject, events in known.entities("registry"):
        told = [e for e in events if e.type == "community.assigned" or e.sets.get("level") == "community"]
        if told and all(e.sets.get(base) is None for e in events):
            out.add((subject, subject, (told[-1].id,)))
    return out


def _gone(known: Known) -> Found:
    began: dict[tuple[str, str], date] = {}
    ended: dict[tuple[str, str], Said] = {}
    for subject, events in known.entities("registry"):
        for e in events:
            level = "station" if e.type.startswith("station.") else "community"
            if e.type == "station.merged":
                ended[level, subject] = e
            elif e.type in ("station.registered", "community.assigned", "place.registered"):
                began[level, subject] = min(e.sets["valid_from"], began.get((level, subject), date.max))
    out: Found = set()
    told = [(s, e, "occurred", "reported") for s, e in known.entities("incident") if not newest(e, "withdrawn", False)]
    told += [(s, e, "time", "time") for s, e in _stands(known, "action")]
    for subject, events, of_community, of_station in told:
        for level, name in (("station", of_station), ("community", of_community)):
            by, moment = setter(events, level), newest(events, name)
            spot = (level, by.sets[level]) if by else ("", "")
            if by is None or moment is None or spot not in began:
                continue
            day, end = known.day(moment), ended.get(spot)
            if day < began[spot]:
                out.add((subject, spot[1], (by.id,)))
            elif end and day >= end.sets["valid_from"]:
                out.add((subject, spot[1], (by.id, end.id)))
    return out
