"""The frauds of a county, week by week, from the report to the last correction.

Rates, mix, losses and delays follow published figures: 0.75 filed cases per 10,000 residents and month, 2.1
reports for each; negative binomial counts by township and week; losses log-normal in 万元, capped. All that
becomes of a week's cases is put into the outbox at once, each event with its own moment.
"""

from collections import deque
from dataclasses import dataclass
from math import cos, exp, pi

from services.simulate.amendments import aftermath
from services.simulate.county import Township
from services.simulate.draws import Draws, cumulative
from services.simulate.outbox import Event, Outbox
from services.simulate.times import DAY, HOUR, MINUTE, WEEK, WEEKS_PER_MONTH, local, wire
from services.simulate.world import World

FILED_RATE = 0.75  # per 10,000 residents and month
REPORTED_PER_FILED = 2.1
SIZE = 5.0  # of the negative binomial: the smaller, the more the weeks differ
CLUSTERED = 0.15  # share of incidents that belong to one script or one chat group
CLUSTER = (2, 8, 10)  # fewest cases, most cases, days
SEASON = 0.15  # highest in January
TREND = -0.10  # in a year

# category: share, threefold loss, contacts
CATEGORIES: dict[str, tuple[float, bool, tuple[str, ...]]] = {
    "task_rebate": (0.36, False, ("wechat", "app", "app", "qq", "sms")),
    "impersonate_authority": (0.07, True, ("phone", "phone", "phone", "app")),
    "impersonate_acquaintance": (0.08, False, ("wechat", "qq", "phone", "sms")),
    "fake_customer_service": (0.11, False, ("phone", "phone", "sms", "app")),
    "fake_investment": (0.14, True, ("app", "wechat", "website", "qq")),
    "fake_shopping": (0.06, False, ("app", "website", "wechat", "face_to_face")),
    "game_trade": (0.02, False, ("app", "qq", "website")),
    "fake_loan": (0.06, False, ("phone", "app", "sms", "website")),
    "fake_credit_repair": (0.03, False, ("phone", "sms")),
    "romance": (0.03, False, ("wechat", "app", "other")),
    "other": (0.04, False, ("other", "face_to_face", "sms", "phone")),
}
NAMES = tuple(CATEGORIES)
MIX = cumulative([row[0] for row in CATEGORIES.values()])
STAGES = ("completed", "attempted", "dissuaded")
PREVENTED = 0.12  # dissuaded ones beside each reported one; they are no incidents
STAGE_MIX = cumulative([0.82, 0.18, PREVENTED])
AGES = ("<20", "20-29", "30-39", "40-49", "50+")
AGE_MIX = cumulative([0.12, 0.22, 0.31, 0.16, 0.19])
FEMALE = 0.62
OCCUPATIONS = {
    "<20": ("student", "student", "student", "worker"),
    "20-29": ("worker", "student", "self_employed", "unemployed", "office_worker"),
    "30-39": ("worker", "self_employed", "homemaker", "office_worker", "teacher", "finance_staff"),
    "40-49": ("worker", "self_employed", "farmer", "homemaker", "civil_servant"),
    "50+": ("farmer", "retired", "self_employed", "homemaker"),
}


@dataclass(frozen=True, slots=True)
class Script:
    """What the cases of a cluster have in common."""

    category: str
    contact: str
    community: str


def season(week_start: int, world: World) -> float:
    """How busy a week is for its time of the year; 1 on average."""
    day = local(week_start, world.zone).timetuple().tm_yday
    return 1.0 + SEASON * cos(2 * pi * (day - 15) / 365.25)


def trend(position: float, years: float) -> float:
    """Slowly fewer, as publicity works; 1 in the middle of so many years, `position` from 0 to 1."""
    return exp(TREND * years * (position - 0.5))


def expected(township: Township) -> float:
    """Frauds of a mean week in a township, dissuaded ones included."""
    monthly = FILED_RATE * REPORTED_PER_FILED * (1 + PREVENTED) * township.residents / 10_000
    return monthly * township.risk / WEEKS_PER_MONTH


def week(world: World, outbox: Outbox, start: int, factor: float) -> None:
    """The frauds that begin in a week; `factor` scales the expected number."""
    rng = outbox.draws.rng
    for township in world.county.townships:
        mean = expected(township) * factor
        single = int(rng.poisson(rng.gamma(SIZE, mean * (1 - CLUSTERED) / SIZE)))
        clusters = int(rng.poisson(mean * CLUSTERED * 2 / (CLUSTER[0] + CLUSTER[1])))
        for _ in range(single):
            occurred = start + outbox.draws.between(0, 6) * DAY + _hour(outbox.draws)
            _case(world, outbox, township, occurred, None)
        for _ in range(clusters):
            _cluster(world, outbox, township, start)


def _cluster(world: World, outbox: Outbox, township: Township, start: int) -> None:
    """One script, one community: cases in a row of days, which may go on after the week."""
    draws = outbox.draws
    category = NAMES[draws.index(MIX)]
    community = world.resident_community(township, draws).code
    script = Script(category, draws.pick(CATEGORIES[category][2]), community)
    first = start + draws.between(0, 6) * DAY
    for _ in range(draws.between(CLUSTER[0], CLUSTER[1])):
        _case(world, outbox, township, first + draws.between(0, CLUSTER[2] - 1) * DAY + _hour(draws), script)


def _hour(draws: Draws) -> int:
    """A moment of the day, mostly between eight and midnight, to the minute."""
    hour = draws.between(8, 23) if draws.chance(0.9) else draws.between(0, 7)
    return hour * HOUR + draws.between(0, 59) * MINUTE


def _case(world: World, outbox: Outbox, township: Township, occurred: int, script: Script | None) -> None:
    """Report one fraud, then all that becomes of it. Entry is days after the report: geometric, mean 1.5."""
    draws = outbox.draws
    data = reported(world, draws, township, occurred, script)
    time = occurred + 5 * MINUTE + min(draws.exponential(20 * HOUR), 40 * DAY)
    if time > outbox.end:
        return
    world.busy.add((data["station"], (time - world.begin) // WEEK))
    entered = time + (int(draws.rng.geometric(0.4)) - 1) * DAY + draws.between(10, 300) * MINUTE
    subject = world.number("case")
    if not outbox.put("incident.reported", subject, time, entered - time, data, data["station"]):
        return
    aftermath(world, outbox, township, subject, data, entered)
    remember(world, township.code, subject)
    community = data.get("residence_community")
    if community and draws.chance(0.15):
        world.awaited.setdefault(community, []).append((data["person_ref"], draws.ref("h-")))


def remember(world: World, township: str, subject: str) -> None:
    """Keep the township's latest cases: what a duplicate may be merged into."""
    if township not in world.cases:
        world.cases[township] = deque(maxlen=20)
    world.cases[township].append(subject)


def reported(world: World, draws: Draws, township: Township, occurred: int, script: Script | None) -> Event:
    """The data of a report. Optional fields are left out where a station would not know them."""
    category = script.category if script else NAMES[draws.index(MIX)]
    community = world.resident_community(township, draws).code
    if script and draws.chance(0.7):
        community = script.community
    stations = world.county.stations
    own = world.station_of[community]
    stage = STAGES[draws.index(STAGE_MIX)]
    age = AGES[draws.index(AGE_MIX)]
    person = _victim(world, draws, community)
    data: Event = {
        "occurred_at": wire(occurred, world.zone),
        "station": own if draws.chance(0.93) else draws.pick(stations).code,
    }
    if draws.chance(0.96):
        data["residence_community"] = community
    if draws.chance(0.4):
        data["work_community"] = world.resident_community(draws.pick(world.county.townships), draws).code
    if draws.chance(0.12):
        data["unit"] = draws.pick(world.county.units).code
    data["category"] = category
    data["loss_fen"] = loss(draws, category) if stage == "completed" else 0
    data["person_ref"] = person
    if draws.chance(0.12):
        data["reporter_ref"] = draws.ref("p-")
    data["sex"] = "female" if draws.chance(FEMALE) else "male"
    data["age_band"] = age
    data["occupation"] = draws.pick(OCCUPATIONS[age])
    data["contact"] = script.contact if script else draws.pick(CATEGORIES[category][2])
    data["stage"] = stage
    return data


def _victim(world: World, draws: Draws, community: str) -> str:
    """Some victims had signed a receipt before, fewer than their neighbours: publicity protects a little."""
    met, stranger = world.met.get(community), draws.ref("p-")
    reached, which = draws.chance(0.2), draws.uniform()  # always drawn: receipts must not shift what follows
    return met[int(which * len(met))][0] if met and reached else stranger


def loss(draws: Draws, category: str) -> int:
    """Fen. Log-normal in 万元, capped at 40; threefold for investments and authorities; often whole yuan."""
    wan = min(float(draws.rng.lognormal(1.295, 1.558)), 40.0) * (3 if CATEGORIES[category][1] else 1)
    fen = max(10_000, int(wan * 1_000_000))
    return fen if draws.chance(0.25) else fen // 100 * 100
