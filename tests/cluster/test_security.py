"""SCRAM, ACLs and TLS on a real broker: who may write cannot read, and the other way round; secrets are never told."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from services.cluster.broker import running
from streams.errors import TerminalError, TransientError
from streams.kafka_access import Group, KafkaAccess
from streams.kafka_grants import grant
from streams.kafka_topics import create_topics
from streams.log_kafka import KafkaLog
from tests.brokers import new_broker
from tests.certificates import certificate
from tests.wire import event, record

pytestmark = pytest.mark.kafka
USERS = ("admin", "api", "ingest", "replay")
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
SECURED = {
    "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "SASL_PLAINTEXT",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
    "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config":
        SCRAM + ' required username="admin" password="admin-word";',
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": SCRAM + " required;",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:admin;User:ANONYMOUS",
}  # fmt: skip
GOOD = record(event("e1", "incident.withdrawn", "jq-1", {"withdrawn": True}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sasl")


@pytest.fixture(scope="module")
def tls_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="module")
def address(folder: Path, tls_address: str) -> Iterator[str]:
    first = tuple(word for user in USERS for word in ("-S", f"SCRAM-SHA-512=[name={user},password={user}-word]"))
    both = f"SASL_PLAINTEXT://{{here}},SASL_SSL://{tls_address}"
    keys = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(certificate(folder, "broker").whole)}
    listen = {"listeners": f"{both},CONTROLLER://{{control}}", "advertised.listeners": both}
    with running(new_broker(folder / "kafka", {**SECURED, **keys, **listen}, first)) as broker:
        admin = KafkaAccess(broker.address, "admin", "admin-word")
        assert create_topics(admin)["incidents"] == "created"
        made = grant(admin, {user: user for user in ("api", "ingest", "replay")})
        assert grant(admin, {user: user for user in ("api", "ingest", "replay")}) == made, "twice is harmless"
        _until_known(KafkaLog(access(broker.address, "api")))
        yield broker.address


def _until_known(log: KafkaLog) -> None:
    """A broker learns of rights a moment after the controller has kept them."""
    end = monotonic() + 20
    while True:
        try:
            log.append([GOOD])
        except TerminalError:
            assert monotonic() < end
            sleep(0.2)
        else:
            return log.close()


def access(address: str, user: str, password: str = "") -> KafkaAccess:
    return KafkaAccess(address, user, password or f"{user}-word")


def test_the_api_writes_and_cannot_read(address: str) -> None:
    log = KafkaLog(access(address, "api"))
    (kept,) = log.append([GOOD])
    assert kept.status == "accepted"
    assert log.ends()["incidents", kept.partition] == kept.offset + 1, "it may ask how far the log is"
    with pytest.raises(TerminalError, match="Authorization"):
        log.read({}, 10)
    log.close()


def test_the_ingest_reads_and_cannot_write(address: str) -> None:
    log = KafkaLog(access(address, "ingest"), Group("fanzha-ingest", "w1", 6))
    with pytest.raises(TerminalError, match="Authorization"):
        log.append([GOOD])
    alert = record(
        event("a1", "alert.raised", "late_data:", {"rule": "late_data", "day": "2026-01-01", "threshold": 9})
    )
    assert log.append([alert])[0].status == "accepted", "but alerts it may say"
    log.close()


def test_replay_needs_no_group(address: str) -> None:
    said = KafkaLog(access(address, "api"))
    said.append([GOOD])
    said.close()
    log = KafkaLog(access(address, "replay"))
    assert GOOD.value in {found.value for found in log.read({}, 100)}
    log.close()


@pytest.mark.parametrize("user", ["api", "nobody"])
def test_a_wrong_password_says_so(address: str, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.log_kafka.ANSWER", 3.0)
    wrong = access(address, user, "not-the-word")
    for use in (lambda: KafkaLog(wrong).append([GOOD]), lambda: KafkaLog(wrong).read({}, 1)):
        with pytest.raises((TransientError, TerminalError)) as told:
            use()
        assert "口令" in str(told.value) or "Authentication" in str(told.value)
        assert user in str(told.value)
        assert "not-the-word" not in str(told.value)


def test_over_tls(address: str, tls_address: str, folder: Path) -> None:
    """Both clients: the one that writes and the one that reads."""
    ca = str(folder / "broker.pem")
    said = KafkaLog(replace(access(tls_address, "api"), ca_file=ca))
    (kept,) = said.append([GOOD])
    said.close()
    log = KafkaLog(replace(access(tls_address, "replay"), ca_file=ca))
    assert kept.offset in {found.offset for found in log.read({}, 1000) if found.partition == kept.partition}
    log.close()


def test_a_certificate_that_is_not_trusted(
    address: str, tls_address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.log_kafka.ANSWER", 3.0)
    stranger = replace(access(tls_address, "api"), ca_file=str(certificate(folder, "stranger").trusted))
    plain = access(tls_address, "api")
    uses: tuple[Callable[[KafkaLog], object], ...] = (lambda log: log.append([GOOD]), lambda log: log.read({}, 1))
    for wrong in (stranger, plain):
        for use in uses:
            log = KafkaLog(wrong)
            with pytest.raises((TransientError, TerminalError)) as told:
                use(log)
            log.close()
            assert tls_address in str(told.value)
            assert "api-word" not in str(told.value)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(TerminalError, match="ingest"):
        grant(KafkaAccess("127.0.0.1:9"), {"everything": "me"})
