"""The language of fanzha: what may be said, and nothing about what is done with it. Pure."""

from schemas.catalogue import Catalogue, CatalogueError, default_catalogue, read_catalogue
from schemas.envelope import Event
from schemas.events import Invalid, Parsed, parse
from schemas.figure import Column, Figure
from schemas.own import content_digest, own_json
from schemas.plan import BASES, Basis, Plan, PlanError, default_plan, read_plan
from schemas.submission import SUBMISSIONS, Submission, parse_submission
from schemas.topics import EVENTS, PARTITIONS, TOPIC_OF, TOPICS, Topic, partition_of
from schemas.wire import instant, wire_time

__all__ = [
    "BASES",
    "EVENTS",
    "PARTITIONS",
    "SUBMISSIONS",
    "TOPICS",
    "TOPIC_OF",
    "Basis",
    "Catalogue",
    "CatalogueError",
    "Column",
    "Event",
    "Figure",
    "Invalid",
    "Parsed",
    "Plan",
    "PlanError",
    "Submission",
    "Topic",
    "content_digest",
    "default_catalogue",
    "default_plan",
    "instant",
    "own_json",
    "parse",
    "parse_submission",
    "partition_of",
    "read_catalogue",
    "read_plan",
    "wire_time",
]
