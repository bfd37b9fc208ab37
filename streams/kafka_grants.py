"""Who may do what on the brokers: the least each role needs.

In: an administrator's access, role → principal. Out: ACLs made; making them again changes nothing. `api` says events
and reads none; `ingest` reads them, and writes alerts only; `replay` reads without a group.
"""

from collections.abc import Mapping

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

from schemas import TOPICS
from streams.errors import TerminalError
from streams.kafka_access import KafkaAccess, mapped

ROLES = ("api", "ingest", "replay")
DERIVED = frozenset({"alerts"})  # topics whose records rules say, not people
_READ, _WRITE, _DESCRIBE = ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE


def grant(access: KafkaAccess, principals: Mapping[str, str]) -> list[str]:
    """Gives what was granted, in words. Raises `TerminalError` for an unknown role or where the broker refuses."""
    unknown = sorted(set(principals) - set(ROLES))
    if unknown:
        raise TerminalError(f"没有这种角色 / no such role: {', '.join(unknown)}; {', '.join(ROLES)}")
    acls = [acl for role, name in principals.items() for acl in _of(role, f"User:{name}", access.prefix)]
    with mapped(access):
        admin = KafkaAdminClient(**access.options(), **access.trust())
        try:
            failed = admin.create_acls(acls)["failed"]
        finally:
            admin.close()
    if failed:
        raise TerminalError(f"Kafka {access}: 无法授权 / cannot grant: {failed[0]}")
    return [f"{acl.principal} {acl.operation.name} {acl.resource_pattern.resource_name}" for acl in acls]


def _of(role: str, principal: str, prefix: str) -> list[ACL]:
    found = [
        _acl(principal, operation, ResourcePattern(ResourceType.TOPIC, f"{prefix}{name}"))
        for name in sorted(t.name for t in TOPICS)
        for operation in _operations(role, derived=name in DERIVED)
    ]
    if role == "ingest":
        groups = ResourcePattern(ResourceType.GROUP, f"{prefix}fanzha-", ACLResourcePatternType.PREFIXED)
        found.append(_acl(principal, _READ, groups))
    return found


def _operations(role: str, *, derived: bool) -> tuple[ACLOperation, ...]:
    if role == "api":
        return (_DESCRIBE,) if derived else (_WRITE, _DESCRIBE)
    return (_READ, _WRITE, _DESCRIBE) if role == "ingest" and derived else (_READ, _DESCRIBE)


def _acl(principal: str, operation: ACLOperation, pattern: ResourcePattern) -> ACL:
    return ACL(principal, "*", operation, ACLPermissionType.ALLOW, pattern)
