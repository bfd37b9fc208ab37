"""The publicity of a county, week by week: actions on every channel, plays, occasions, zero reports.

In: the week and how intense publicity is in it (1 is the campaign's mean). Out: actions and what hangs on
them, in the outbox. Receipts of visits, classes and lectures are in `receipts`.
"""

from dataclasses import dataclass

from services.simulate import receipts
from services.simulate.county import Community, Township
from services.simulate.draws import Draws
from services.simulate.incidents import NAMES
from services.simulate.outbox import Event, Outbox
from services.simulate.times import DAY, HOUR, MINUTE, SECOND, WEEK, WEEKS_PER_MONTH, local, wire
from services.simulate.world import World

VOIDED = 0.006
HOUSEHOLD_SHARE, SCHOOL_SHARE, UNION_SHARE = 0.80, 0.13, 0.07
ROTA = 4  # a community is visited every so many weeks
ROUND = 18  # households of one visitor's round
OPERATORS = {"mobile": 0.62, "unicom": 0.20, "telecom": 0.26}  # users per resident
SCHOOLS = ("school1", "school2", "school3")
SCREENS = ("mall", "square", "station")
OCCASIONS = (
    ("civil", "marriage_registration", 6),
    ("cinema", "film_screening", 9),
    ("courier", "parcel_delivered", 2_400),
)
WRONG_ACTIONS = ("重复登记", "照片与地点不符", "活动未实际开展")


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel run in every township: how often a week, under which duty, by whom, with which evidence."""

    name: str
    duty: str
    weekly: float
    performers: tuple[str, ...]
    evidence: str
    share: float  # of the community's residents who are addressed


CHANNELS = (
    Channel("led", "led_screens", 0.5, ("unit", "township_staff"), "photo", 0.6),
    Channel("wechat_group", "wechat_push", 1.0, ("community_staff", "community_officer"), "list", 0.35),
    Channel("loudspeaker", "loudspeaker_loop", 1.0, ("community_staff", "township_staff"), "video", 0.5),
    Channel("poster", "posters", 0.3, ("property_manager", "community_staff"), "photo", 0.4),
    Channel("lecture", "community_lectures", 0.25, ("community_officer",), "photo", 0.05),
)


def week(world: World, outbox: Outbox, start: int, number: int, intensity: float) -> None:
    """All publicity of the week that begins at `start` (µs); `number` counts weeks."""
    monthly = outbox.params.receipts_per_month * intensity
    signed = int(outbox.draws.rng.poisson(monthly / WEEKS_PER_MONTH))
    _visits(world, outbox, start, number, round(signed * HOUSEHOLD_SHARE))
    _schools(world, outbox, start, round(signed * SCHOOL_SHARE))
    _union(world, outbox, start, round(signed * UNION_SHARE))
    _townships(world, outbox, start, intensity)
    _county_wide(world, outbox, start, intensity)
    if intensity > 0.5:
        _plays(world, outbox, start)
        _occasions(world, outbox, start)


def zero_reports(world: World, outbox: Outbox, start: int, number: int) -> None:
    """Stations without a report in the week say so, most of them; one unit does each week."""
    draws, until = outbox.draws, start + WEEK
    silent = [s.code for s in world.county.stations if (s.code, number) not in world.busy]
    silent.append(world.county.units[number % len(world.county.units)].code)
    data = {"from": wire(start, world.zone), "until": wire(until, world.zone)}
    for code in silent:
        if draws.chance(0.92):
            outbox.put("zero_report.filed", code, until + draws.between(30, 600) * MINUTE, MINUTE, data, code)
    world.busy = {(station, week) for station, week in world.busy if week > number}


def action(world: World, draws: Draws, **fields: object) -> Event:
    """Data of an action in the model's order of keys, with topics; fields that are None are left out."""
    order = (
        "duty", "channel", "station", "community", "unit", "performer_kind", "collector", "place",
        "audience_size", "reached",
    )  # fmt: skip
    data: Event = {key: fields[key] for key in order if fields.get(key) is not None}
    data["topics"] = draws.some(NAMES[:-1], draws.between(1, 3))
    data["evidence"] = [evidence(world, draws, str(fields["proof"]))] if fields.get("proof") else []
    return data


def evidence(world: World, draws: Draws, kind: str) -> Event:
    """What is kept as proof, by its content hash."""
    digest = draws.bytes(32).hex()
    suffix = {"photo": "jpg", "video": "mp4", "list": "csv"}[kind]
    uri = f"evidence/{world.county.code}/{digest[:2]}/{digest}.{suffix}"
    return {"sha256": digest, "uri": uri, "kind": kind}


def visit(world: World, draws: Draws, community: Community, households: int) -> Event:
    """Data of one round from door to door."""
    performer = draws.pick(("community_officer", "community_officer", "township_staff", "community_staff",
                            "property_manager"))  # fmt: skip
    return action(
        world, draws, duty="door_to_door_cards", channel="household_visit",
        station=world.station_of[community.code], community=community.code, performer_kind=performer,
        collector=f"visitor-{community.code}-{draws.between(1, 2)}", place=community.name,
        audience_size=households + draws.between(0, 6), reached=households,
        proof="photo" if draws.chance(0.4) else None,
    )  # fmt: skip


def _record(outbox: Outbox, subject: str, time: int, data: Event, actor: str) -> bool:
    """Enter an action, sometimes voided weeks later. False if it is not known before the end."""
    draws = outbox.draws
    delay = 10 * MINUTE + draws.exponential(8 * HOUR)
    if not outbox.put("action.recorded", subject, time, delay, data, actor):
        return False
    if draws.chance(VOIDED):
        at = time + 3 * DAY + draws.exponential(10 * DAY)
        outbox.put("action.voided", subject, at, HOUR, {"reason": draws.pick(WRONG_ACTIONS)}, actor)
    return True


def _daytime(draws: Draws, start: int) -> int:
    """A moment of the week between nine and six, to the minute."""
    return start + draws.between(0, 6) * DAY + draws.between(9 * 60, 18 * 60) * MINUTE


def _visits(world: World, outbox: Outbox, start: int, number: int, signed: int) -> None:
    """Rounds in the communities whose turn it is; the more eager and larger, the more households."""
    draws = outbox.draws
    communities = world.county.communities
    turn = [i for i in range(len(communities)) if i % ROTA == number % ROTA]
    weights = [world.visits[i] - (world.visits[i - 1] if i else 0.0) for i in turn]
    counts = draws.rng.multinomial(signed, [w / sum(weights) for w in weights]).tolist()
    for i, count in zip(turn, counts, strict=True):
        community = communities[i]
        for done in range(0, count, ROUND):
            households = min(count - done, ROUND)
            subject, time = world.number("act"), _daytime(draws, start)
            data = visit(world, draws, community, households)
            if _record(outbox, subject, time, data, data["station"]):
                receipts.of_visit(world, outbox, subject, time, data, households)


def _schools(world: World, outbox: Outbox, start: int, signed: int) -> None:
    """A class: a list of its pupils, then a slip from a parent of each."""
    draws = outbox.draws
    while signed > 0:
        size = min(signed, 60)
        signed -= size
        subject, time, school = world.number("act"), _daytime(draws, start), draws.pick(SCHOOLS)
        seat = world.county.townships[0]
        data = action(
            world, draws, duty="school_lessons", channel="lecture", unit=world.county.unit(school),
            community=world.resident_community(seat, draws).code, performer_kind="unit",
            collector=f"teacher-{school}-{draws.between(1, 30)}", audience_size=size, reached=size,
            proof="photo",
        )  # fmt: skip
        if _record(outbox, subject, time, data, world.county.unit("edu")):
            receipts.of_class(world, outbox, subject, time, data, size)


def _union(world: World, outbox: Outbox, start: int, signed: int) -> None:
    """A lecture of the trade unions, signed by the members who came."""
    draws = outbox.draws
    if not signed:
        return
    subject, time, union = world.number("act"), _daytime(draws, start), world.county.unit("union")
    seat = world.county.townships[0]
    data = action(
        world, draws, duty="union_lectures", channel="lecture", unit=union,
        community=draws.pick(seat.communities).code, performer_kind="unit", collector="organiser-union",
        audience_size=signed + draws.between(0, 20), reached=signed, proof="list",
    )  # fmt: skip
    if _record(outbox, subject, time, data, union):
        receipts.of_members(world, outbox, subject, time, data, signed)


def _townships(world: World, outbox: Outbox, start: int, intensity: float) -> None:
    """What runs in every township, with nobody's signature."""
    draws = outbox.draws
    for township in world.county.townships:
        for channel in CHANNELS:
            if not draws.chance(channel.weekly * min(intensity, 1.0)):
                continue
            data = in_township(world, draws, township, channel)
            _record(outbox, world.number("act"), _daytime(draws, start), data, data["station"])


def in_township(world: World, draws: Draws, township: Township, channel: Channel) -> Event:
    """Data of one action on a channel, in one community of the township."""
    community = world.resident_community(township, draws)
    audience = int(community.residents * channel.share)
    return action(
        world, draws, duty=channel.duty, channel=channel.name, station=world.station_of[community.code],
        community=community.code, performer_kind=draws.pick(channel.performers), place=community.name,
        audience_size=audience, reached=int(audience * (0.5 + 0.45 * draws.uniform())),
        proof=channel.evidence if draws.chance(0.5) else None,
    )  # fmt: skip


def _county_wide(world: World, outbox: Outbox, start: int, intensity: float) -> None:
    """Warning messages of the operators, clips before films, stickers on parcels."""
    draws, county = outbox.draws, world.county
    for operator, share in OPERATORS.items():
        if draws.chance(0.5 * min(intensity, 1.0)):
            _record(outbox, world.number("act"), _daytime(draws, start), push(world, draws, operator, share),
                    county.unit(operator))  # fmt: skip
    for unit, channel, duty, audience in (
        ("cinema", "cinema_clip", "cinema_clip", 900),
        ("courier", "parcel_sticker", "parcel_sticker", 16_000),
    ):
        if draws.chance(min(intensity, 1.0)):
            size = int(audience * (0.7 + 0.6 * draws.uniform()))
            data = action(
                world, draws, duty=duty, channel=channel, unit=county.unit(unit), performer_kind="unit",
                audience_size=size, reached=int(size * (0.85 + 0.15 * draws.uniform())), proof="list",
            )  # fmt: skip
            _record(outbox, world.number("act"), _daytime(draws, start), data, county.unit(unit))


def push(world: World, draws: Draws, operator: str, share: float) -> Event:
    """Data of one push of warning messages; some reach less than nine in ten."""
    users = int(world.county.residents * share)
    return action(
        world, draws, duty="warning_sms", channel="sms_push", unit=world.county.unit(operator),
        performer_kind="unit", audience_size=users, reached=int(users * (0.86 + 0.12 * draws.uniform())),
    )  # fmt: skip


def _plays(world: World, outbox: Outbox, start: int) -> None:
    """Two runs a day on each screen, with a pause at noon; now and then a run is missing."""
    draws = outbox.draws
    for screen in SCREENS:
        code = f"{world.county.code}-screen-{screen}"
        for day in range(7):
            for opens, closes in ((8, 12), (12, 21)):
                if draws.chance(0.04):
                    continue
                begin = start + day * DAY + opens * HOUR + draws.between(0, 20) * SECOND
                until = start + day * DAY + closes * HOUR - draws.between(0, 30) * SECOND
                data = {
                    "from": wire(begin, world.zone),
                    "until": wire(until, world.zone),
                    "clip": f"clip-{draws.between(1, 6)}",
                }
                outbox.put("play.logged", code, until, MINUTE, data, code)


def _occasions(world: World, outbox: Outbox, start: int) -> None:
    """Counted at the end of each working day: occasions at a counter, and how often material was given."""
    draws = outbox.draws
    for unit, kind, mean in OCCASIONS:
        code = world.county.unit(unit)
        for day in range(7):
            noon = start + day * DAY + 12 * HOUR
            today = local(noon, world.zone)
            if unit == "civil" and today.weekday() >= 5:
                continue
            occasions = int(draws.rng.poisson(mean))
            given = occasions - int(draws.rng.binomial(occasions, 0.03))
            data = {"kind": kind, "day": str(today.date()), "occasions": occasions, "given": given}
            outbox.put("occasion.counted", code, noon + 6 * HOUR, draws.between(1, 90) * MINUTE, data, code)
