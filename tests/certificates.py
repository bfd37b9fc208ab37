"""Certificates of tests, made by openssl: each vouches for itself, for 127.0.0.1, for two days."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """`whole` has the key too."""

    trusted: Path
    whole: Path

    def context(self) -> ssl.SSLContext:
        """For a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.whole)
        return context


def certificate(folder: Path, name: str) -> Certificate:
    made = Certificate(folder / f"{name}.pem", folder / f"{name}-whole.pem")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    words += ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(made.whole), "-out", str(made.trusted)]
    subprocess.run([*words, *files], check=True, capture_output=True, timeout=60)
    with made.whole.open("ab") as whole:
        whole.write(made.trusted.read_bytes())
    return made
