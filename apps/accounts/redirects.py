"""Where answers may be sent: https, a program on the person's own machine, or a known editor."""

import ipaddress
import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

#: Schemes that editors register with the operating system for themselves.
PRIVATE_SCHEMES: Final = ("cursor", "vscode", "vscode-insiders")
#: What the toolkit is told; plain http is held to loopback here.
SCHEMES: Final = ("https", "http", *PRIVATE_SCHEMES)
#: What an address is written with (RFC 3986), but fragments and what ends a word in a header.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&()*+=%-]+")
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]+")
ALLOWED: Final = "https://…, http://127.0.0.1/…, http://localhost/…, or cursor:, vscode:"


def is_acceptable(uri: str) -> bool:
    """Whether a client may name `uri` at all; whether it named this one is asked elsewhere.

    Its host is ASCII: names that only look like another's are written so that one sees it.
    """
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not (_PLAIN.fullmatch(uri) and _HOST.fullmatch(parts.netloc)):
        return False
    if parts.scheme == "http":
        return is_loopback(host)
    return parts.scheme in SCHEMES


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine, by number or by name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def source_of(uri: str) -> str:
    """The origin of `uri` as a policy of a page names it, and a person can read it."""
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc.lower()}"
    return f"{parts.scheme}:"


def in_words(uri: str) -> str:
    """Who gets the answer, for the person who decides."""
    parts = urlsplit(uri)
    if parts.scheme == "http":
        return "a program on this computer"
    if parts.scheme == "https":
        return parts.netloc.lower()
    return f"the program that opens {parts.scheme}: addresses on this computer"


def _acceptable(uri: str) -> str:
    if not is_acceptable(uri):
        raise ValueError(f"is none of {ALLOWED}")
    return uri


#: An address that a client may register.
RedirectUri = Annotated[str, Field(max_length=500), AfterValidator(_acceptable)]
