"""A brute-force fold in plain Python: what every place, mart and state must be, from the events alone.

In: events as dicts in their models' order of keys, in any order, repeated or in conflict; and, for what was known
at a moment, that moment. Out: rows as dicts, named as the columns they must equal. A second implementation on
purpose: nothing of streams is used, nothing is fast, and everything is said in the words of the rules:

* content is all but `actor` and `recordedtime`; of an id the first (recordedtime, digest) counts, whoever said it;
* of an entity's counted events the newest that sets a field wins, by (report first, recordedtime, id).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]
Row = dict[str, Any]
Entity = tuple[str, str]
BASES = ("occurred", "reported", "filed")
CONTENT = ("specversion", "id", "source", "type", "subject", "time", "dataversion", "data", "sourcetime")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FAMILIES = ("incident", "receipt", "action", "roster", "zero_report", "play", "occasion")
REPORTS = ("incident.reported", "receipt.signed", "action.recorded")
# What a field of `data` is called once it is a fact; all others keep their name.
NAMES = {
    "occurred_at": "occurred",
    "reported_at": "reported",
    "filed_at": "filed",
    "residence_community": "community",
    "into": "merged_into",
    "from": "from_",
    "add": "members",
    "remove": "removed",
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """One event as it was said once: the same content stamped twice is said twice."""

    id: str
    type: str
    subject: str
    time: datetime
    recorded: datetime
    digest: str
    sets: Mapping[str, Any] = field(hash=False, compare=False)

    @property
    def entity(self) -> Entity:
        """Whatever is said of one subject within one family of types."""
        word = self.type.split(".")[0]
        return (word if word in FAMILIES else "registry"), self.subject

    @property
    def stamp(self) -> tuple[datetime, str]:
        return self.recorded, self.digest

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        return self.type not in REPORTS, self.recorded, self.id


def said(event: Event) -> Said:
    content = json.dumps(
        {key: event[key] for key in CONTENT if key in event}, ensure_ascii=False, separators=(",", ":")
    )
    digest = sha256(content[:-1].encode()).hexdigest()  # where the event goes on with actor and recordedtime
    time, recorded = instant(event["time"]), instant(event["recordedtime"])
    sets = fields(event["type"], time, event["data"])
    return Said(event["id"], event["type"], event["subject"], time, recorded, digest, sets)


def fields(kind: str, time: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event sets. A report and a signature name their places and people even where they leave them out."""
    out = {NAMES.get(name, name): value for name, value in data.items()}
    for name in ("occurred", "reported", "filed", "from_", "until"):
        if name in out:
            out[name] = instant(out[name])
    for name in ("valid_from", "day"):
        if name in out:
            out[name] = date.fromisoformat(out[name])
    if kind == "incident.reported":
        out = {"reported": time, "community": "", "work_community": ""} | out
    elif kind == "incident.case_filed":
        out["filed"] = time
    elif kind == "receipt.signed":
        out = {"signed": time, "person_ref": "", "household_ref": ""} | out
    elif kind == "action.recorded":
        out["time"] = time
    return out


def newest(events: Iterable[Said], name: str, default: Any = None) -> Any:
    """The value of the last event that sets the field."""
    value = default
    for event in events:
        value = event.sets.get(name, value)
    return value


class Known:
    """What is known of everything, now or at `at`; days are those of `zone`."""

    def __init__(self, events: Iterable[Event], zone: str, at: datetime | None = None) -> None:
        self.zone = ZoneInfo(zone)
        heard = {said(event) for event in events}
        self.said = [s for s in heard if at is None or s.recorded <= at]
        self.first: dict[str, Said] = {}
        for s in self.said:
            there = self.first.setdefault(s.id, s)
            if s.stamp < there.stamp:
                self.first[s.id] = s
        self.ever: dict[Entity, list[Said]] = defaultdict(list)
        self.counted: dict[Entity, list[Said]] = defaultdict(list)
        for s in sorted(self.said, key=lambda s: s.rank):
            self.ever[s.entity].append(s)
            if self.first[s.id] == s:
                self.counted[s.entity].append(s)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def entities(self, family: str) -> list[tuple[str, list[Said]]]:
        """Those of whom something counts, with what counts."""
        return sorted((subject, events) for (kind, subject), events in self.counted.items() if kind == family)

    def subjects(self, family: str) -> list[str]:
        """Those of whom anything was ever said."""
        return sorted(subject for kind, subject in self.ever if kind == family)

    # Incidents

    def incident_state(self, subject: str) -> Row:
        events = self.counted.get(("incident", subject), [])
        names = (
            "station", "community", "work_community", "category", "stage", "occurred", "reported", "filed",
            "loss_fen", "frozen_fen", "returned_fen", "merged_into", "withdrawn", "unit", "person_ref", "case_number",
        )  # fmt: skip
        row = {"incident": subject} | {name: newest(events, name) for name in names}
        row["merge_fails"] = self.merge_fails(subject)
        merged = bool(row["merged_into"]) and not row["merge_fails"]
        row["stands"] = subject in self.reports and not merged and not row["withdrawn"]
        row["events"] = len(events)
        return row

    @cached_property
    def reports(self) -> dict[str, tuple[datetime, datetime, str]]:
        """Of every incident that was reported what says whether it was earlier than another."""
        return {
            subject: (
                newest(events, "reported"),
                [e for e in events if e.type == "incident.reported"][-1].recorded,
                subject,
            )
            for subject, events in self.entities("incident")
            if any(e.type == "incident.reported" for e in events)
        }

    def merged_into(self, subject: str) -> str:
        return str(newest(self.counted.get(("incident", subject), []), "merged_into", ""))

    def merge_fails(self, subject: str) -> str:
        """Why the merge of an incident does not hold; empty where it does, and where there is none."""
        into = self.merged_into(subject)
        if not into:
            return ""
        if into == subject:
            return "self"
        if into not in self.reports:
            return "unknown"
        way = [subject]
        while way[-1] not in way[:-1]:
            into = self.merged_into(way[-1])
            if not into or into not in self.reports:
                return ""
            way.append(into)
        circle = way[:-1]
        goes_around = way[-1] == subject and len(circle) > 1
        return "circle" if goes_around and subject == min(circle, key=lambda s: self.reports[s]) else ""

    @cached_property
    def merge_said(self) -> list[Row]:
        every = {(e.subject, e.sets["merged_into"]) for e in self.said if e.type == "incident.merged"}
        return [{"incident": subject, "into": into} for subject, into in sorted(every) if into]

    @cached_property
    def merge(self) -> list[Row]:
        """Of every incident that merges ever said connect with any: its group, and what became of its own merge."""
        group: dict[str, set[str]] = {}
        for link in self.merge_said:
            whole = group.get(link["incident"], {link["incident"]}) | group.get(link["into"], {link["into"]})
            group |= dict.fromkeys(whole, whole)
        return [
            {
                "incident": subject,
                "component": min(group[subject]),
                "into": into,
                "why": why,
                "holds": bool(into) > bool(why),
            }
            for subject in self.subjects("incident")
            if subject in group
            for into, why in [(self.merged_into(subject), self.merge_fails(subject))]
        ]

    @cached_property
    def incident_place(self) -> list[Row]:
        """A row for every place and day an incident was ever said to be at, with what it counts for there now."""
        rows = []
        for subject in self.subjects("incident"):
            ever = self.ever["incident", subject]
            now = self.incident_state(subject)
            places = [
                sorted({e.sets[name] for e in ever if name in e.sets}) for name in ("station", "community", "category")
            ]
            for basis in BASES:
                days = sorted({self.day(e.sets[basis]) for e in ever if basis in e.sets})
                moment = now[basis]
                at = moment and (self.day(moment), now["station"], now["community"], now["category"])
                spots = product(days, *places)
                rows += [self._incident_row(basis, spot, now, now["stands"] and spot == at) for spot in spots]
        return rows

    def _incident_row(self, basis: str, spot: tuple[Any, ...], now: Row, here: bool) -> Row:
        counts = here and now["stage"] != "dissuaded"
        return {
            **dict(zip(("day", "station", "community", "category"), spot, strict=True)),
            "basis": basis,
            "incident": now["incident"],
            "moment": now[basis] if here else NEVER,
            "incidents": int(counts),
            "attempted": int(here and now["stage"] == "attempted"),
            "dissuaded": int(here and now["stage"] == "dissuaded"),
            "loss_fen": (now["loss_fen"] or 0) if counts else 0,
            "recovered_fen": (now["returned_fen"] or 0) if counts else 0,
            "frozen_fen": (now["frozen_fen"] or 0) if counts else 0,
        }

    @cached_property
    def incident_day(self) -> list[Row]:
        sums = ("incidents", "attempted", "dissuaded", "loss_fen", "recovered_fen", "frozen_fen")
        return total(self.incident_place, ("basis", "day", "station", "community", "category"), sums)

    # Who answers for a community, and how many live there

    def statements(self, subject: str, kind: str, *, ever: bool = False) -> list[Said]:
        found = (self.ever if ever else self.counted).get(("registry", subject), [])
        return [e for e in found if e.type == kind]

    @cached_property
    def assignment(self) -> list[Row]:
        rows = []
        for community, _ in self.entities("registry"):
            stated = {e.sets["valid_from"]: e.sets for e in self.statements(community, "community.assigned")}
            for since, sets in sorted(stated.items()):
                row = {"community": community, "valid_from": since}
                rows.append(row | {"station": sets["station"], "township": sets["township"]})
        return rows

    def home(self, community: str, day: date) -> tuple[str, str]:
        """Station and township of a community on a day; empty where nobody has said."""
        by_then = [row for row in self._homes.get(community, ()) if row["valid_from"] <= day]
        return (by_then[-1]["station"], by_then[-1]["township"]) if by_then else ("", "")

    @cached_property
    def _homes(self) -> dict[str, list[Row]]:
        """Each community's assignments in order of their days."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.assignment:
            found[row["community"]].append(row)
        return found

    @cached_property
    def population(self) -> list[Row]:
        rows = []
        names = ("pop_actual", "pop_resident", "pop_registered", "households")
        for community, _ in self.entities("registry"):
            stated = self.statements(community, "population.recorded")
            for since in sorted({e.sets["valid_from"] for e in stated}):
                here = [e for e in stated if e.sets["valid_from"] == since]
                row = {"community": community, "valid_from": since}
                rows.append(row | {name: newest(here, name) for name in names})
        return rows

    @cached_property
    def place(self) -> list[Row]:
        rows = []
        for code, events in self.entities("registry"):
            stated = [e for e in events if e.type in ("place.registered", "station.registered", "unit.registered")]
            if not stated:
                continue
            last = max(stated, key=lambda e: (e.sets["valid_from"], e.recorded, e.id))
            parent = last.sets.get("township" if last.type == "station.registered" else "parent", "")
            row = {name: last.sets.get(name, "") for name in ("level", "name", "kind", "valid_from")}
            merged = newest(events, "merged_into", "")
            rows.append(row | {"code": code, "type": last.type, "parent": parent, "merged_into": merged})
        return rows

    # Rosters

    def roster_member(self, day: date) -> list[Row]:
        """Members on a day: the newest complete version valid by then, and its amendments since."""
        rows = []
        for roster, events in self.entities("roster"):
            version = self._version([e for e in events if e.type == "roster.part_recorded"], day)
            if version is None:
                continue
            since, audience, scope, name, members = version
            amended = [e for e in events if e.type == "roster.amended" and since <= e.sets["valid_from"] <= day]
            for e in sorted(amended, key=lambda e: (e.sets["valid_from"], e.recorded, e.id)):
                for ref in e.sets.get("removed", ()):
                    members.pop(ref, None)
                members |= {m["ref"]: m for m in e.sets.get("members", ())}
            common = {"roster": roster, "audience": audience, "scope": scope, "version": name}
            for ref, m in sorted(members.items()):
                home = {"household": m.get("household", ""), "community": m.get("community", "")}
                rows.append(common | {"ref": ref} | home)
        return rows

    def _version(self, parts: Sequence[Said], day: date) -> tuple[date, str, str, str, dict[str, Row]] | None:
        found: dict[tuple[date, str], list[Said]] = defaultdict(list)
        for e in parts:
            if e.sets["valid_from"] <= day:
                found[e.sets["valid_from"], e.sets["version"]].append(e)
        whole = {
            key: said for key, said in found.items() if len({e.sets["part"] for e in said}) == newest(said, "parts")
        }
        if not whole:
            return None
        since, name = max(whole, key=lambda key: (key[0], max(e.recorded for e in whole[key]), key[1]))
        said = whole[since, name]
        last = {e.sets["part"]: e.sets["members"] for e in said}
        members = {m["ref"]: m for part in last.values() for m in part}
        return since, said[0].sets["audience"], said[0].sets["scope"], name, members

    # Receipts

    def receipt_state(self, subject: str) -> Row:
        events = self.counted.get(("receipt", subject), [])
        names = (
            "action", "community", "audience", "person_ref", "household_ref", "method", "collector",
            "explained_in_person", "signed", "verdict",
        )  # fmt: skip
        row = {"receipt": subject} | {name: newest(events, name) for name in names}
        row["voided"] = any(e.type == "receipt.voided" for e in events)
        row["stands"] = row["signed"] is not None and not row["voided"] and row["verdict"] in (None, "accepted")
        row["events"] = len(events)
        return row

    def action_state(self, subject: str) -> Row:
        events = self.counted.get(("action", subject), [])
        names = (
            "channel", "station", "community", "unit", "duty", "performer_kind", "time", "audience_size", "reached",
        )  # fmt: skip
        row = {"action": subject} | {name: newest(events, name) for name in names}
        row["recorded"] = any(e.type == "action.recorded" for e in events)
        row["voided"] = any(e.type == "action.voided" for e in events)
        row["events"] = len(events)
        return row

    def reached(self, subject: str) -> bool:
        """Whether a receipt counts: its own state (D4, D8), its action's, and at a door the explanation (D9)."""
        now = self.receipt_state(subject)
        action = self.action_state(now["action"] or "")
        explained = action["channel"] != "household_visit" or now["explained_in_person"]
        return bool(now["stands"] and action["recorded"] and not action["voided"] and explained)

    @cached_property
    def contact(self) -> list[Row]:
        """A row for everyone a receipt was ever said to cover: where, on which day, as which audience."""
        rows = []
        for subject in self.subjects("receipt"):
            signed = [e for e in self.ever["receipt", subject] if e.type == "receipt.signed"]
            signed.sort(key=lambda e: (e.recorded, e.id, e.digest))
            counted = [e for e in signed if self.first[e.id] == e]
            for key in sorted({key for e in signed for key in self._covered(e)}):
                stated = [e for e in counted if key in self._covered(e)] or [
                    e for e in signed if key in self._covered(e)
                ]
                here = self.reached(subject) and key in self._covered(counted[-1])
                rows.append(self._contact_row(subject, key, stated, here))
        return rows

    def _covered(self, e: Said) -> list[tuple[str, str, str, date, str]]:
        refs = (("person", e.sets["person_ref"]), ("household", e.sets["household_ref"]))
        place = e.sets["community"], self.day(e.sets["signed"]), e.sets["audience"]
        return [(kind, place[0], ref, *place[1:]) for kind, ref in refs if ref]

    def _contact_row(self, subject: str, key: tuple[Any, ...], stated: list[Said], here: bool) -> Row:
        last = stated[-1].sets
        return {
            **dict(zip(("kind", "community", "ref", "day", "audience"), key, strict=True)),
            "receipt": subject,
            "action": last["action"],
            "channel": self.action_state(last["action"])["channel"] or "",
            "explained": int(last["explained_in_person"]),
            "topics": list(last["topics"]),
            "first_recorded": min(e.recorded for e in stated),
            "slip": int(key[0] == "person" or not last["person_ref"]),
            "here": int(here),
        }

    @cached_property
    def days(self) -> list[Row]:
        """Of everyone in a community, as which audience: the days that count, each once for every receipt; and whether
        they were ever said to be anywhere else, or anybody else."""
        found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        names = ("kind", "audience", "community", "ref")
        for row in self.contact:
            met = {"day": row["day"], "visit": int(row["channel"] == "household_visit"), "slip": row["slip"]}
            found[tuple(row[name] for name in names)] += [met] if row["here"] else []
        rows = Counter((kind, ref) for kind, _, _, ref in found)
        return [
            dict(zip(names, key, strict=True))
            | {"days": sorted(days, key=lambda d: tuple(d.values()))}
            | {"elsewhere": int(rows[key[0], key[3]] > 1)}
            for key, days in sorted(found.items())
        ]

    def conflicts(self) -> list[Said]:
        """What was said under an id that other content had taken."""
        return [s for s in self.said if s.digest != self.first[s.id].digest]


def total(rows: Iterable[Row], by: Sequence[str], sums: Sequence[str]) -> list[Row]:
    """Rows added up by some columns."""
    out: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in by)
        there = out.setdefault(key, dict(zip(by, key, strict=True)) | dict.fromkeys(sums, 0))
        for name in sums:
            there[name] += row[name]
    return [out[key] for key in sorted(out)]
