"""Who asks which brokers, and what their clients' errors mean.

Out: connection options for both clients, and every error as transient or terminal, with the address and the user in it
and never a password.
"""

import ssl
from collections.abc import Iterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaConnectionError as NoBroker
from aiokafka.errors import KafkaError as ReadError
from aiokafka.errors import KafkaTimeoutError as NoAnswer
from kafka.errors import KafkaError, KafkaTimeoutError

from streams.errors import TerminalError, TransientError

POLL_INTERVAL = 300  # seconds between two reads after which a group takes a member for dead


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the brokers are (host:port, comma-separated) and who asks. Without a user nothing is authenticated.

    `prefix` stands before each topic's name, where a cluster serves others too.
    """

    bootstrap: str
    user: str = ""
    password: str = ""
    ca_file: str = ""
    prefix: str = ""

    def options(self) -> dict[str, Any]:
        """As both clients take them."""
        secured = {
            (False, False): "PLAINTEXT", (False, True): "SSL", (True, False): "SASL_PLAINTEXT",
            (True, True): "SASL_SSL",
        }[bool(self.user), bool(self.ca_file)]  # fmt: skip
        said = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": secured}
        if not self.user:
            return said
        return said | {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }

    def context(self) -> ssl.SSLContext | None:
        """For aiokafka and Faust."""
        return ssl.create_default_context(cafile=self.ca_file) if self.ca_file else None

    def trust(self) -> dict[str, str]:
        """For kafka-python."""
        return {"ssl_cafile": self.ca_file} if self.ca_file else {}

    def __str__(self) -> str:
        return f"{self.bootstrap} ({self.user or 'anonymous'})"


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group and this member of it. A member that comes back under its name within `session` seconds gets
    its partitions again, and nobody else has to move."""

    name: str
    member: str
    session: int = 30

    def options(self) -> dict[str, Any]:
        return {
            "group_id": self.name, "group_instance_id": self.member, "auto_offset_reset": "earliest",
            "session_timeout_ms": self.session * 1000, "heartbeat_interval_ms": self.session * 100,
            "rebalance_timeout_ms": self.session * 1000, "max_poll_interval_ms": POLL_INTERVAL * 1000,
        }  # fmt: skip


@contextmanager
def mapped(access: KafkaAccess) -> Iterator[None]:
    """Maps the clients' errors to the two kinds, and says what a client's time-out may mean."""
    try:
        yield
    except (KafkaTimeoutError, NoAnswer, NoBroker, TookTooLong) as error:
        raise TransientError(
            f"Kafka {access} 没有答复：地址、证书、用户口令或主题有误，或代理未启动 / no answer from Kafka: "
            f"wrong address, certificate, user, password or topic, or no broker there ({error})"
        ) from error
    except (KafkaError, ReadError) as error:
        kind = TransientError if error.retriable else TerminalError
        raise kind(f"Kafka {access}: {type(error).__name__}: {error}") from error
