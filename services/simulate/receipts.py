"""Receipts of people who were reached, and what becomes of them: reviewed, voided, entered weeks late.

People are opaque references only. Some households sign twice, some slips were handed out without a word,
some rounds are too fast to be true: the figures downstream have to tell them apart.
"""

from services.simulate.draws import Draws
from services.simulate.outbox import Event, Outbox
from services.simulate.times import DAY, HOUR, MINUTE, SECOND
from services.simulate.world import Person, World

AGAIN = 0.06  # slips of a household that has signed before
SILENT = 0.08  # slips handed over without explaining
OF_HOUSEHOLD, OF_PERSON = 0.12, 0.05  # slips at a door that name only the household, or only who opened
HASTY = 0.02  # rounds with a slip every few seconds
REVIEWED = {"accepted": 0.06, "queried": 0.015, "rejected": 0.007}
VOIDED = 0.006
WRONG_SLIPS = ("签名系代签", "非本户人员", "同一照片重复使用", "回访否认签收")


def of_visit(world: World, outbox: Outbox, action: str, start: int, visit: Event, households: int) -> None:
    """One slip of each household, minutes apart; paper is entered in the evening or later, a form at once."""
    draws = outbox.draws
    pace = 10 * SECOND if draws.chance(HASTY) else 4 * MINUTE
    time = start
    for _ in range(households):
        time += pace + draws.between(0, 4) * SECOND
        data = door(world, draws, action, visit)
        paper = data["method"] == "paper_slip"
        delay = 3 * HOUR + draws.exponential(1.2 * DAY) if paper else draws.between(1, 20) * SECOND
        _sign(world, outbox, time, delay, data, visit["station"])


def door(world: World, draws: Draws, action: str, visit: Event) -> Event:
    """Data of a slip signed at the door: for the household, for the resident who opened, nearly always for both."""
    community = visit["community"]
    person, household = _at_home(world, draws, community)
    world.meet(community, (person, household))
    named = draws.uniform()
    data = {"action": action}
    if named >= OF_HOUSEHOLD:
        data["person_ref"] = person
    if not OF_HOUSEHOLD <= named < OF_HOUSEHOLD + OF_PERSON:
        data["household_ref"] = household
    return data | {
        "audience": "household" if draws.chance(0.6) else "resident",
        "community": community,
        "method": "paper_slip" if draws.chance(0.7) else "qr_form",
        "collector": visit["collector"],
        "explained_in_person": not draws.chance(SILENT),
        "topics": visit["topics"],
    }


def _at_home(world: World, draws: Draws, community: str) -> Person:
    """A victim waited for, somebody seen before, or (nearly always) somebody new."""
    if waiting := world.awaited.get(community):
        return waiting.pop()
    again = draws.chance(AGAIN)
    if again and (met := world.met.get(community)):
        return draws.pick(met)
    return draws.ref("p-"), draws.ref("h-")


def of_class(world: World, outbox: Outbox, action: str, start: int, lesson: Event, size: int) -> None:
    """Half of the slips are the class list's pupils, half their parents', returned on the next days."""
    draws = outbox.draws
    for i in range(size):
        parent = i % 2 == 1
        data: Event = {"action": action, "person_ref": draws.ref("p-")}
        if parent:
            data["household_ref"] = draws.ref("h-")
        data |= {
            "audience": "parent" if parent else "pupil",
            "community": lesson["community"],
            "method": "paper_slip" if parent else "class_list",
            "collector": lesson["collector"],
            "explained_in_person": not parent,
            "topics": lesson["topics"],
        }
        time = start + draws.between(12 * 60, 72 * 60) * MINUTE if parent else start + 40 * MINUTE
        _sign(world, outbox, time, HOUR + draws.exponential(12 * HOUR), data, lesson["unit"])


def of_members(world: World, outbox: Outbox, action: str, start: int, lecture: Event, size: int) -> None:
    """Signed by members of the registered roster, who may come again another week."""
    draws = outbox.draws
    for _ in range(size):
        data = {
            "action": action,
            "person_ref": draws.pick(world.members),
            "audience": "union_member",
            "community": lecture["community"],
            "method": "qr_form" if draws.chance(0.8) else "paper_slip",
            "collector": lecture["collector"],
            "explained_in_person": not draws.chance(SILENT),
            "topics": lecture["topics"],
        }
        time = start + draws.between(60, 90) * MINUTE
        _sign(world, outbox, time, draws.between(5, 600) * SECOND, data, lecture["unit"])


def _sign(world: World, outbox: Outbox, time: int, delay: int, data: Event, actor: str) -> None:
    subject = world.number("rec")
    if not outbox.put("receipt.signed", subject, time, delay, data, actor):
        return
    draws = outbox.draws
    drawn = draws.uniform()
    if drawn < VOIDED:
        at = time + delay + DAY + draws.exponential(12 * DAY)
        outbox.put("receipt.voided", subject, at, HOUR, {"reason": draws.pick(WRONG_SLIPS)}, actor)
        return
    drawn -= VOIDED
    for verdict, share in REVIEWED.items():
        if drawn < share:
            at = time + delay + DAY + draws.exponential(6 * DAY)
            office = world.county.unit("office")
            outbox.put("receipt.reviewed", subject, at, HOUR, review(draws, verdict), office)
            return
        drawn -= share


def review(draws: Draws, verdict: str) -> Event:
    """Data of a review; only doubt needs a reason."""
    if verdict == "accepted":
        return {"verdict": verdict}
    return {"verdict": verdict, "reason": draws.pick(WRONG_SLIPS)}
