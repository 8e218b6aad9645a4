"""A self-signed certificate, as Cores ship with, made anew at each start."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 365


@dataclass(frozen=True)
class Certificate:
    """The TLS side of a Core: `fingerprint` is the hex SHA-256, `pem` the certificate itself."""

    context: ssl.SSLContext
    fingerprint: str
    pem: str


def self_signed(address: str) -> Certificate:
    """A certificate for an IP address, with a fresh key that is on disk for a moment only."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _build(address, key)
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "core.pem"
        both.touch(mode=0o600)
        both.write_bytes(secret + pem)
        context.load_cert_chain(both)
    return Certificate(context, certificate.fingerprint(hashes.SHA256()).hex(), pem.decode())


def _build(address: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
