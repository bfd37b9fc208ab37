"""What each figure must answer, from the oracle's states: a second reading of the heads of the figures.

In: what is known (`Known`), and the question's own words. Out: rows as dicts, in no order, named as the figure's
columns.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle import Event, Known, Row, Said, total

MEASURES = ("incidents", "attempted", "dissuaded", "loss_fen", "recovered_fen", "frozen_fen")
WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


def counted_incidents(known: Known, basis: str) -> list[Row]:
    """Incidents and dissuaded ones under a basis, each with its day, place and what it adds."""
    rows = []
    parents = station_townships(known)
    for row in known.incident_place:
        if row["basis"] == basis and (row["incidents"] or row["dissuaded"]):
            township = known.home(row["community"], row["day"])[1] or parents.get(row["station"], "")
            rows.append(row | {"township": township, "month": f"{row['day']:%Y-%m}"})
    return rows


def station_townships(known: Known) -> dict[str, str]:
    return {row["code"]: row["parent"] for row in known.place if row["type"] == "station.registered"}


def incidents(known: Known, *, basis: str, since: date, to: date, by: Sequence[str]) -> list[Row]:
    rows = [row for row in counted_incidents(known, basis) if since <= row["day"] <= to]
    return total(rows, by, MEASURES)


def counted(known: Known, *, basis: str, since: date, to: date) -> list[Row]:
    """The incidents behind `incidents`, each with its day, its moment and what it counts as."""
    names = ("day", "moment", "incident", "station", "township", "community", "category", "incidents", "dissuaded",
             "loss_fen", "recovered_fen")  # fmt: skip
    return [
        {name: row[name] for name in names} | {"counts": "incidents" if row["incidents"] else "dissuaded"}
        for row in counted_incidents(known, basis)
        if since <= row["day"] <= to
    ]


def rolling(known: Known, *, basis: str, at: datetime, by: Sequence[str]) -> list[Row]:
    rows = []
    for row in counted_incidents(known, basis):
        age = at - row["moment"]
        if row["incidents"] and timedelta(0) <= age < WINDOWS["30d"]:
            sums = {f"incidents_{name}": int(age < window) for name, window in WINDOWS.items()}
            sums |= {f"loss_{name}_fen": row["loss_fen"] * (age < window) for name, window in WINDOWS.items()}
            rows.append({name: row[name] for name in by} | sums)
    return total(rows, by, [what for w in WINDOWS for what in (f"incidents_{w}", f"loss_{w}_fen")])


def rates(known: Known, *, basis: str, since: date, to: date, base: str) -> list[Row]:
    """Every level of every place with a community or an incident, and the county; people are counted day by day."""
    rows = []
    for row in counted_incidents(known, basis):
        if since <= row["day"] <= to:
            rows += [row | spot for spot in levels(row)]
    sums = ("incidents", "dissuaded", "loss_fen", "recovered_fen")
    counts = {(row["level"], row["place"]): row for row in total(rows, ("level", "place"), sums)}
    lived = person_time(known, base, since, to)
    days = len(every_day(since, to))
    out = []
    for level, place in sorted({("county", ""), *counts, *lived} if counts or lived else ()):
        row = {name: counts.get((level, place), {}).get(name, 0) for name in sums}
        if not (place or level == "county" or row["incidents"] or row["dissuaded"]):
            continue
        there = lived.get((level, place), {place: None} if level == "community" and place else {})
        people = sum(n for n in there.values() if n is not None)
        row |= {"level": level, "place": place, "communities": len(there), "person_days": people}
        row["unknown_communities"] = sum(n is None for n in there.values())
        row["population"] = round(people / days, 2) if people else None
        row["rate_per_10k"] = round(row["incidents"] * 10_000 * days / people, 4) if people else None
        out.append(row)
    return ranked(out)


def ranked(rows: list[Row]) -> list[Row]:
    """Where all people are known: one more than the places of the level with more incidents for each person-day."""

    def has_rank(row: Row) -> bool:
        return bool(row["place"] and row["person_days"] and not row["unknown_communities"])

    shares: dict[str, list[Fraction]] = defaultdict(list)
    for row in filter(has_rank, rows):
        shares[row["level"]].append(Fraction(row["incidents"], row["person_days"]))
    for row in rows:
        mine = Fraction(row["incidents"], row["person_days"] or 1)
        row["rank_per_10k"] = 1 + sum(share > mine for share in shares[row["level"]]) if has_rank(row) else None
    return rows


def person_time(known: Known, base: str, since: date, to: date) -> dict[tuple[str, str], dict[str, int | None]]:
    """Of each place the communities that were there on some day, each with the people of its days there added up.

    None for one of which some day of the window has no number.
    """
    found: dict[tuple[str, str], dict[str, int | None]] = defaultdict(dict)
    numbers: dict[str, dict[date, int]] = defaultdict(dict)
    for row in known.population:
        if row[base] is not None:
            numbers[row["community"]][row["valid_from"]] = row[base]
    for community, began in communities(known, base).items():
        if began > to:
            continue
        stated = {day: last(numbers[community], day) for day in every_day(since, to)}
        whole = None not in stated.values()
        for day, people in stated.items():
            station, township = known.home(community, day)
            for spot in levels({"community": community, "station": station, "township": township}):
                there = found[spot["level"], spot["place"]]
                there[community] = (there.get(community) or 0) + (people or 0) if whole else None
    return found


def communities(known: Known, base: str) -> dict[str, date]:
    """Every community, and the first day on which anything says that there is one."""
    said = [(row["community"], row["valid_from"]) for row in known.assignment]
    said += [(row["community"], row["valid_from"]) for row in known.population if row[base] is not None]
    said += [(row["code"], row["valid_from"]) for row in known.place if row["level"] == "community"]
    return dict(sorted(said, key=lambda one: one[1], reverse=True))  # the earliest comes last and stays


def last(numbers: dict[date, int], day: date) -> int | None:
    by_then = [since for since in numbers if since <= day]
    return numbers[max(by_then)] if by_then else None


def every_day(since: date, to: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((to - since).days + 1)]


def share(part: int, whole: int) -> float | None:
    """To four digits; of nothing there is no share."""
    return round(part / whole * 10_000) / 10_000 if whole else None


def levels(row: Row) -> list[Row]:
    spots: list[Row] = [{"level": level, "place": row[level]} for level in ("community", "station", "township")]
    return [{"level": "county", "place": ""}, *spots]


def residents(known: Known, base: str, day: date) -> dict[str, int]:
    """Of each community the last number valid by the day that says how many."""
    stated = [row for row in known.population if row["valid_from"] <= day and row[base] is not None]
    return {row["community"]: row[base] for row in sorted(stated, key=lambda row: row["valid_from"])}


def coverage(known: Known, *, since: date, to: date, base: str) -> list[Row]:
    """Whom the receipts of these days covered, each once; and, as of the last day, how many there should be."""
    found: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    names = ("people", "households", "visited", "receipts", "visit_receipts")
    rosters, residents_due = due_of_rosters(known, to), due_of_residents(known, base, to)
    everywhere = [("", *spot) for spot in residents_due]
    for key in (*rosters, *everywhere):
        found.setdefault(key, {name: set() for name in names})
    for row in reached(known, since=since, to=to):
        there = found.setdefault((row["audience"], row["level"], row["place"]), {name: set() for name in names})
        there["people" if row["kind"] == "person" else "households"].add(row["ref"])
        there["receipts"].add(row["receipt"])
        if row["visit"]:
            there["visit_receipts"].add(row["receipt"])
            there["visited"] |= {row["ref"]} if row["kind"] == "household" else set()
    rows = []
    for (audience, level, place), there in found.items():
        row = {"audience": audience, "level": level, "place": place} | {name: len(there[name]) for name in names}
        for what in ("people", "households"):
            owed = rosters.get((audience, level, place), {}).get(what, 0)
            if not owed and audience in ("", "resident", "household"):
                owed = residents_due.get((level, place), {}).get(what, 0)
            row[f"{what}_due"] = owed or None
            row[f"{what}_share"] = share(row[what], owed)
        rows.append(row | {"visited_share": share(row["visited"], row["households_due"] or 0)})
    return rows


def reached(known: Known, *, since: date, to: date) -> list[Row]:
    """Each receipt that counts, for whom, on every level of the places that answer on the last day; once as its own
    audience and once as any."""
    rows = []
    names = ("kind", "ref", "receipt", "day", "slip")
    for row in known.contact:
        if row["here"] and since <= row["day"] <= to:
            said = {name: row[name] for name in names} | {"visit": row["channel"] == "household_visit"}
            station, township = known.home(row["community"], to)
            for spot in levels(row | {"station": station, "township": township}):
                rows += [said | spot | {"audience": audience} for audience in ("", row["audience"])]
    return rows


def due_of_residents(known: Known, base: str, day: date) -> dict[tuple[str, str], dict[str, int]]:
    due: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"people": 0, "households": 0})
    for what, column in (("people", base), ("households", "households")):
        for community, number in residents(known, column, day).items():
            station, township = known.home(community, day)
            for spot in levels({"community": community, "station": station, "township": township}):
                if spot["place"] or spot["level"] == "county":
                    due[spot["level"], spot["place"]][what] += number
    return due


def due_of_rosters(known: Known, day: date) -> dict[tuple[str, str, str], dict[str, int]]:
    """Of each audience; and of all together, which are those who live there."""
    refs: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(lambda: {"people": set(), "households": set()})
    for row in known.roster_member(day):
        station, township = known.home(row["community"], day)
        for spot in levels(row | {"station": station, "township": township}):
            for audience in {row["audience"], "" if row["audience"] in ("resident", "household") else row["audience"]}:
                if spot["place"] or spot["level"] == "county":
                    there = refs[audience, spot["level"], spot["place"]]
                    there["people"].add(row["ref"])
                    there["households"] |= {row["household"]} - {""}
    return {key: {what: len(found) for what, found in there.items()} for key, there in refs.items()}


def incident(known: Known) -> list[Row]:
    rows = []
    for subject, _ in known.entities("incident"):
        row = known.incident_state(subject)
        row["counted"] = row.pop("stands") and row["stage"] != "dissuaded"
        row["withdrawn"] = bool(row["withdrawn"])
        rows.append(_texts(row, "occurred", "reported", "filed", "loss_fen", "frozen_fen", "returned_fen"))
    return rows


def place(known: Known) -> list[Row]:
    """Every place with what it is called: its name or code, its code too where others of its kind have the name, and
    where it went."""
    names = {(row["type"], row["code"]): row["name"] for row in known.place}
    kinds = [(row["type"], row["level"], row["name"]) for row in known.place if row["name"]]
    rows = []
    for row in known.place:
        twin = kinds.count((row["type"], row["level"], row["name"])) > 1
        called, went = row["name"] or row["code"], row["merged_into"]
        there = names.get((row["type"], went)) or went
        label = called + (f"（{row['code']}）" if twin else "") + (f"（已并入{there}）" if went else "")
        english = called + (f" ({row['code']})" if twin else "") + (f" (merged into {there})" if went else "")
        rows.append(row | {"label": label, "label_en": english})
    return rows


def receipt(known: Known) -> list[Row]:
    rows = []
    for subject, _ in known.entities("receipt"):
        row = known.receipt_state(subject)
        del row["stands"]
        rows.append(_texts(row, "signed", "explained_in_person"))
    return rows


def action(known: Known) -> list[Row]:
    rows = []
    for subject, _ in known.entities("action"):
        row = known.action_state(subject)
        del row["recorded"]
        rows.append(_texts(row, "time", "audience_size", "reached"))
    return rows


def _texts(row: Row, *null: str) -> Row:
    """A state's row: a text nobody set is empty, numbers and times in `null` are not there."""
    return {name: value if value is not None or name in null else "" for name, value in row.items()}


def roster(known: Known, *, day: date) -> list[Row]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in known.roster_member(day):
        found[row["roster"]].append(row)
    return [
        {name: rows[0][name] for name in ("roster", "audience", "scope", "version")}
        | {"members": len(rows), "households": len({row["household"] for row in rows} - {""})}
        for rows in found.values()
    ]


def zero_reports(known: Known) -> list[Row]:
    first: dict[tuple[Any, ...], datetime] = {}
    for owner, events in known.entities("zero_report"):
        for e in events:
            key = (owner, e.sets["from_"], e.sets["until"])
            first[key] = min(first.get(key, e.recorded), e.recorded)
    names = ("owner", "from", "until")
    return [dict(zip(names, key, strict=True)) | {"recorded": moment} for key, moment in first.items()]


def freshness(events: Iterable[Event], topics: dict[str, str], at: datetime | None, *, simulated: bool) -> list[Row]:
    """After a round, when nothing waits; every record counts, a retry too. `topics` names the topic of each type."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for e in events:
        recorded = datetime.fromisoformat(e["recordedtime"])
        if at is None or recorded <= at:
            found[topics[e["type"]]].append(recorded)
    return [
        {"topic": topic, "events": len(moments), "recorded": max(moments), "waiting": 0, "simulated": simulated}
        for topic, moments in found.items()
    ]


def conflicts(known: Known) -> list[Row]:
    """Of each said once under a taken id: who, which, when."""
    return [{"key": s.subject, "id": s.id, "appended": s.recorded} for s in distinct(known.conflicts())]


def distinct(said: Iterable[Said]) -> list[Said]:
    return list({(s.id, s.recorded, s.digest, s.subject): s for s in said}.values())
