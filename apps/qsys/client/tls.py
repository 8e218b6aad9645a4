"""How a Core's certificate is trusted: by its pinned fingerprint or by an authority."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import dataclass

from apps.qsys.client.errors import QsysRefused

HEX_DIGITS = 64


@dataclass(frozen=True)
class Trust:
    """Cores ship with self-signed certificates, so a SHA-256 fingerprint is the usual way.

    `fingerprint` is the hex SHA-256 of the certificate (colons allowed) and wins over `ca_pem`,
    the PEM text of authorities. With neither, the system's authorities decide. `server_name` is
    the name in the certificate where it differs from the address we connect to.
    """

    fingerprint: str | None = None
    ca_pem: str | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a fingerprint that cannot match any certificate."""
        if self.fingerprint is None:
            return
        digits = self._digits()
        if len(digits) != HEX_DIGITS or set(digits) - set("0123456789abcdef"):
            raise ValueError("a fingerprint is the SHA-256 of the certificate: 64 hex digits")

    def _digits(self) -> str:
        return (self.fingerprint or "").replace(":", "").strip().lower()

    def context(self) -> ssl.SSLContext:
        """A client context; with a pin the check is ours, made right after the handshake."""
        context = ssl.create_default_context(cadata=self.ca_pem)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.fingerprint is not None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def check(self, connection: ssl.SSLObject) -> None:
        """Raises QsysRefused if a pin is set and the certificate is another one."""
        if self.fingerprint is None:
            return
        found = hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(found, self._digits()):
            raise QsysRefused(
                f"the certificate's fingerprint is {found}, not the pinned one: if the Core's "
                "certificate was changed on purpose, pin the new fingerprint."
            )
