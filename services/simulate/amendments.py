"""What becomes of an incident after its report: filing, corrections, moves, merges, withdrawals, money saved.

Amounts are new totals; a correction names the new value only.
"""

from collections.abc import Sequence
from datetime import datetime

from services.simulate.county import Township
from services.simulate.draws import Draws
from services.simulate.outbox import Event, Outbox
from services.simulate.times import DAY, HOUR, MINUTE, microseconds, wire
from services.simulate.world import World

FILED = {"completed": 0.555, "attempted": 0.11, "dissuaded": 0.0}  # of all but the dissuaded: 1 / 2.1
UNDONE = 0.25  # share of merges and withdrawals that turn out to be wrong
FROZEN = 0.15
RETURNED = 0.5
CONFUSED = {
    "task_rebate": "fake_investment",
    "fake_investment": "romance",
    "romance": "fake_investment",
    "fake_shopping": "fake_customer_service",
    "fake_customer_service": "fake_loan",
    "fake_loan": "fake_credit_repair",
    "fake_credit_repair": "fake_customer_service",
    "impersonate_authority": "fake_credit_repair",
    "impersonate_acquaintance": "other",
    "game_trade": "fake_shopping",
    "other": "impersonate_acquaintance",
}


def aftermath(world: World, outbox: Outbox, township: Township, subject: str, data: Event, entered: int) -> None:
    """Put all later events of an incident into the outbox; `entered` (µs) is when its report was."""
    draws, params, station = outbox.draws, outbox.params, data["station"]

    def later(kind: str, value: Event, mean_days: float, since: int = entered) -> int:
        time = since + HOUR + draws.exponential(mean_days * DAY)
        outbox.put(kind, subject, time, 5 * MINUTE + draws.exponential(6 * HOUR), value, station)
        return time

    if draws.chance(FILED[data["stage"]]):
        later("incident.case_filed", case_number(world, draws), 2.0)
    if draws.chance(params.corrected):
        for kind, value in correction(world, draws, data):
            later(kind, value, 8.0)
    if draws.chance(params.moved):
        later("incident.moved", move(world, draws, data), 6.0)
    if draws.chance(params.merged) and (earlier := world.cases.get(township.code)):
        into, back = merge(draws, subject, earlier)
        merged = later("incident.merged", {"into": into}, 5.0)
        if back:
            outbox.put("incident.merged", into, merged + HOUR, HOUR, {"into": back}, station)
        if draws.chance(UNDONE):
            later("incident.merged", {"into": ""}, 6.0, merged)
    if draws.chance(params.withdrawn):
        withdrawn = later("incident.withdrawn", {"withdrawn": True}, 10.0)
        if draws.chance(UNDONE):
            later("incident.withdrawn", {"withdrawn": False}, 8.0, withdrawn)
    if data["loss_fen"] and draws.chance(FROZEN):
        _saved(outbox, subject, data["loss_fen"], entered, station)


def _saved(outbox: Outbox, subject: str, loss: int, entered: int, station: str) -> None:
    """Money frozen within days, sometimes more of it later; a part of it is returned after weeks."""
    draws = outbox.draws
    frozen = max(100, int(loss * draws.uniform()))
    time = entered + HOUR + draws.exponential(1.5 * DAY)
    outbox.put("incident.funds_frozen", subject, time, HOUR, {"frozen_fen": frozen}, station)
    if draws.chance(0.2):
        frozen += int((loss - frozen) * draws.uniform())
        time += DAY + draws.exponential(5 * DAY)
        outbox.put("incident.funds_frozen", subject, time, HOUR, {"frozen_fen": frozen}, station)
    if draws.chance(RETURNED):
        returned = frozen if draws.chance(0.6) else int(frozen * draws.uniform())
        time += 5 * DAY + draws.exponential(20 * DAY)
        outbox.put("incident.funds_returned", subject, time, 2 * HOUR, {"returned_fen": returned}, station)


def case_number(world: World, draws: Draws) -> Event:
    """Data of a filing; one in ten is entered before its number is known."""
    if draws.chance(0.1):
        return {}
    return {"case_number": world.number("A")}


def correction(world: World, draws: Draws, data: Event) -> list[tuple[str, Event]]:
    """Types and data of one correction: of loss, category, time, or stage (then with the loss it implies)."""
    what = draws.uniform()
    stage, loss = data["stage"], data["loss_fen"]
    if what < 0.55 and loss:
        factor = 0.4 + 1.4 * draws.uniform()
        return [("incident.loss_corrected", {"loss_fen": max(100, int(loss * factor) // 100 * 100)})]
    if what < 0.80:
        return [("incident.reclassified", {"category": CONFUSED[data["category"]]})]
    if what < 0.92:
        # never after the report: only towards the past
        occurred = microseconds(datetime.fromisoformat(data["occurred_at"])) - draws.between(1, 72) * HOUR
        return [("incident.time_corrected", {"occurred_at": wire(occurred, world.zone)})]
    if stage == "completed":
        return [
            ("incident.stage_corrected", {"stage": "attempted"}),
            ("incident.loss_corrected", {"loss_fen": 0}),
        ]
    fen = draws.between(500, 30_000) * 100
    return [
        ("incident.stage_corrected", {"stage": "completed"}),
        ("incident.loss_corrected", {"loss_fen": fen}),
    ]


def merge(draws: Draws, subject: str, earlier: Sequence[str]) -> tuple[str, str]:
    """Into which earlier case one is merged, and into which that one then, if at all.

    Of twenty merges two go on to a third case, two come back in a circle, one names the case itself, and one a case
    that nobody knows.
    """
    into, what = draws.pick(earlier), draws.uniform()
    if what < 0.1:
        return (subject if what < 0.05 else f"{into}-"), ""
    return into, subject if what < 0.2 else draws.pick(earlier) if what < 0.3 else ""


def move(world: World, draws: Draws, data: Event) -> Event:
    """To another station, or to another community, or to a community and its station."""
    others = [s.code for s in world.county.stations if s.code != data["station"]]
    if draws.chance(0.4):
        return {"station": draws.pick(others)}
    community = draws.pick(world.county.communities).code
    if draws.chance(0.5):
        return {"residence_community": community}
    return {"station": world.station_of[community], "residence_community": community}
