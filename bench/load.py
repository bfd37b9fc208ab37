"""The load: a county's events as ready bytes, made outside of what is measured.

In: a seed, a number, the span of days they tell of. Out: events in the model's own JSON, 250 to 540 bytes each, ids
and times growing; most are receipts, the rest actions, reviews, incidents and their corrections. Without stamps they
are submissions, as a form or an importer hands them in.
Invariant: the same arguments give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

STATIONS = tuple(f"42122251{n:02d}" for n in range(1, 13))
TOWNSHIPS = tuple(f"4212221{n:02d}" for n in range(11))
COMMUNITIES = tuple(f"{TOWNSHIPS[n % 11]}{n:03d}" for n in range(187))
CATEGORIES = (
    "fake_investment", "fake_shopping", "task_rebate", "fake_loan", "fake_customer_service", "romance", "game_trade",
    "impersonate_acquaintance", "impersonate_authority",
)  # fmt: skip
CHANNELS = ("household_visit", "lecture", "household_visit", "stall")
AUDIENCES = ("household", "resident", "household", "resident", "pupil", "union_member")
STAGES = ("completed", "completed", "completed", "completed", "attempted", "dissuaded")
LOCAL = 8 * 3600
ACTOR = "4212225104"


@dataclass(frozen=True, slots=True)
class Mix:
    """Thousandths of the events; what is left over are receipts. `named`: they say who signed by telephone number."""

    actions: int
    reviews: int
    incidents: int
    corrections: int
    named: bool = False


DAILY = Mix(actions=40, reviews=20, incidents=50, corrections=30)  # what a county says, receipts mostly
NAMED = replace(DAILY, named=True)  # the same as forms and importers hand it in
INCIDENTS = Mix(actions=0, reviews=0, incidents=600, corrections=400)
PANELS = Mix(actions=5, reviews=15, incidents=65, corrections=35)  # one incident fact in ten: 1 of 10 million


@dataclass(frozen=True, slots=True)
class Load:
    """`count` events that tell of the `days` before `until` (aware), evenly spread."""

    seed: int
    count: int
    until: datetime
    days: float
    mix: Mix = DAILY
    stamped: bool = False

    def __iter__(self) -> Iterator[bytes]:
        return _events(self)


def _events(load: Load) -> Iterator[bytes]:
    rng = Random(load.seed)
    draw, bits = rng.random, rng.getrandbits
    step = load.days * 86400 * 1_000_000 / max(load.count, 1)
    first = int((load.until.timestamp() - load.days * 86400) * 1_000_000)
    mix, tag = load.mix, f"{load.seed:x}"
    actions, receipts, cases = 1, 0, 0
    for n in range(load.count):
        at = first + int(n * step)
        time = f"{_text(at // 1_000_000 + LOCAL)}+08:00"
        # a clock's microseconds are hardly ever all zero, which only the models read; those of even steps often are
        stamp = f',"recordedtime":"{_text(at // 1_000_000)}.{at % 1_000_000 | 1:06d}Z"' if load.stamped else ""
        community = int(draw() * 187)
        kind = int(draw() * 1000)
        if kind < mix.actions:
            actions += 1
            type_, subject = "action.recorded", f"act-{tag}-{actions:07d}"
            data = _action(rng, community)
        elif (kind := kind - mix.actions) < mix.reviews and receipts:
            type_, subject = "receipt.reviewed", f"rec-{tag}-{1 + int(draw() * receipts):08d}"
            data = '{"verdict":"accepted"}' if draw() < 0.7 else '{"verdict":"queried","reason":"签名系代签"}'
        elif (kind := kind - mix.reviews) < mix.incidents:
            cases += 1
            type_, subject = "incident.reported", f"case-{tag}-{cases:07d}"
            data = _incident(rng, community, time)
        elif (kind := kind - mix.incidents) < mix.corrections and cases:
            subject = f"case-{tag}-{1 + int(draw() * cases):07d}"
            type_, data = _correction(rng)
        else:
            receipts += 1
            type_, subject = "receipt.signed", f"rec-{tag}-{receipts:08d}"
            data = _receipt(rng, community, f"act-{tag}-{max(1, actions - int(draw() * 8)):07d}", mix.named)
        yield (
            f'{{"specversion":"1.0","id":"{_uuid7(at // 1000, bits(74))}","source":"simulator/bench",'
            f'"type":"{type_}","subject":"{subject}","time":"{time}","dataversion":1,"data":{data},'
            f'"actor":"{ACTOR}"{stamp}}}'
        ).encode()


def _text(seconds: int) -> str:
    day, rest = divmod(seconds, 86400)
    return f"{_day(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


@cache
def _day(number: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number):%Y-%m-%d}"


def _uuid7(ms: int, noise: int) -> str:
    low = f"{noise:019x}"
    head = f"{ms:012x}"
    return f"{head[:8]}-{head[8:]}-7{low[:3]}-8{low[3:6]}-{low[6:18]}"


def _action(rng: Random, community: int) -> str:
    size = 4 + int(rng.random() * 60)
    return (
        f'{{"duty":"door_to_door_cards","channel":"{CHANNELS[community % 4]}","station":"{STATIONS[community % 12]}",'
        f'"community":"{COMMUNITIES[community]}","performer_kind":"community_officer","audience_size":{size},'
        f'"reached":{size * 3 // 4},"topics":["fake_investment"],"evidence":[]}}'
    )


def _receipt(rng: Random, community: int, action: str, named: bool) -> str:
    """At one door in three both the person and the household are known. One in ten is of few people, who come again,
    elsewhere and as another audience."""
    audience = AUDIENCES[int(rng.random() * 6)]
    drawn = rng.getrandbits(64)
    drawn = drawn >> 47 if drawn % 10 == 0 else drawn
    who = f'"person":{{"phone":"13{drawn % 10**9:09d}"}}' if named else f'"person_ref":"p-{drawn:016x}"'
    home = f'"household_ref":"h-{rng.getrandbits(64):016x}",' if rng.random() < 0.33 else ""
    explained = "true" if rng.random() < 0.92 else "false"
    return (
        f'{{"action":"{action}",{who},{home}"audience":"{audience}",'
        f'"community":"{COMMUNITIES[community]}","method":"qr_form","collector":"visitor-{community}",'
        f'"explained_in_person":{explained},"topics":["fake_investment"]}}'
    )


def _incident(rng: Random, community: int, time: str) -> str:
    loss = int(rng.paretovariate(1.1) * 100_000) % 10**10
    return (
        f'{{"occurred_at":"{time}","station":"{STATIONS[community % 12]}",'
        f'"residence_community":"{COMMUNITIES[community]}","category":"{CATEGORIES[int(rng.random() * 9)]}",'
        f'"loss_fen":{loss},"person_ref":"p-{rng.getrandbits(64):016x}","sex":"female","age_band":"30-39",'
        f'"contact":"wechat","stage":"{STAGES[int(rng.random() * 6)]}"}}'
    )


def _correction(rng: Random) -> tuple[str, str]:
    """A third moves the incident, the rest changes what it counts for."""
    drawn = int(rng.random() * 9)
    if drawn < 3:
        return "incident.moved", f'{{"station":"{STATIONS[int(rng.random() * 12)]}"}}'
    if drawn < 5:
        return "incident.loss_corrected", f'{{"loss_fen":{int(rng.random() * 10**7)}}}'
    if drawn < 7:
        return "incident.case_filed", f'{{"case_number":"A-{int(rng.random() * 10**6):06d}"}}'
    if drawn < 8:
        return "incident.reclassified", f'{{"category":"{CATEGORIES[int(rng.random() * 9)]}"}}'
    return "incident.withdrawn", '{"withdrawn":true}'


def registry(until: datetime) -> list[bytes]:
    """The county itself: its places, who answers for each community and how many live there."""
    stamp = f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z"
    valid = '"valid_from":"2020-01-01"'
    county = [("place.registered", "421222", f'{{"level":"county","name":"县",{valid}}}')]
    for n, town in enumerate(TOWNSHIPS):
        data = f'{{"level":"township","name":"第{n}镇","parent":"421222",{valid}}}'
        county.append(("place.registered", town, data))
    for n, station in enumerate(STATIONS):
        data = f'{{"name":"第{n}派出所","township":"{TOWNSHIPS[n % 11]}",{valid}}}'
        county.append(("station.registered", station, data))
    for n, community in enumerate(COMMUNITIES):
        town = TOWNSHIPS[n % 11]
        name = f'{{"level":"community","name":"第{n}社区","parent":"{town}",{valid}}}'
        home = f'{{"station":"{STATIONS[n % 12]}","township":"{town}",{valid}}}'
        people = f'{{{valid},"pop_actual":{2000 + 13 * n},"households":{700 + 4 * n}}}'
        county += [
            ("place.registered", community, name),
            ("community.assigned", community, home),
            ("population.recorded", community, people),
        ]
    return [
        f'{{"specversion":"1.0","id":"county-{n}","source":"simulator/bench","type":"{kind}","subject":"{subject}",'
        f'"time":"2020-01-01T08:00:00+08:00","dataversion":1,"data":{data},"actor":"{ACTOR}",'
        f'"recordedtime":"{stamp}"}}'.encode()
        for n, (kind, subject, data) in enumerate(county)
    ]
