"""How a Core's certificate is trusted: by its pinned fingerprint or by an authority."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import dataclass

from apps.qsys.client.errors import QsysUntrusted

HEX_DIGITS = 64


@dataclass(frozen=True)
class Trust:
    """Cores ship with self-signed certificates, so a SHA-256 fingerprint is the usual way.

    `fingerprint` is the hex SHA-256 of the certificate (colons allowed) and wins over `ca_pem`,
    the PEM text of authorities. With neither, the system's authorities decide, unless this is
    the `first_use`: then any certificate will do, and the caller pins the transport's
    `fingerprint` before it sends anything. `server_name` is the name in the certificate where it
    differs from the address we connect to.
    """

    fingerprint: str | None = None
    ca_pem: str | None = None
    server_name: str | None = None
    first_use: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a fingerprint that cannot match any certificate."""
        if self.fingerprint is not None:
            plain_fingerprint(self.fingerprint)

    def context(self) -> ssl.SSLContext:
        """A client context; with a pin the check is ours, made right after the handshake."""
        context = ssl.create_default_context(cadata=self.ca_pem)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.fingerprint is not None or self.first_use:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def check(self, connection: ssl.SSLObject) -> None:
        """Raises QsysUntrusted if a pin is set and the certificate is another one."""
        if self.fingerprint is None:
            return
        found = fingerprint_of(connection)
        if not hmac.compare_digest(found, plain_fingerprint(self.fingerprint)):
            raise QsysUntrusted(
                f"the certificate's fingerprint is {found}, not the pinned one: if the Core's "
                "certificate was changed on purpose, pin the new fingerprint.",
                found=found,
            )


def fingerprint_of(connection: ssl.SSLObject) -> str:
    """The hex SHA-256 of the peer's certificate."""
    return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()


def plain_fingerprint(text: str) -> str:
    """A fingerprint as 64 small hex digits, colons taken out; raises ValueError for no SHA-256."""
    digits = text.replace(":", "").strip().lower()
    if len(digits) != HEX_DIGITS or set(digits) - set("0123456789abcdef"):
        raise ValueError("a fingerprint is the SHA-256 of the certificate: 64 hex digits")
    return digits
