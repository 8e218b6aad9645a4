"""Checks an exported audit trail without the product: one file, Python and `cryptography`.

    python verify.py trail.jsonl manifest.json [--key HEX] [--checkpoint checkpoint.json]

It finds changed, deleted, inserted and reordered entries, a cut tail (against a checkpoint that
was kept elsewhere) and seals of another key. It shares no code with the sealer on purpose:
what it needs to know is the format, written down here.

Every line of the trail is a JSON object. `{"entry": {...}}` is an entry, `{"leaf": "hex"}` the
hash of an entry that belongs to somebody else, `{"seal": {...}}` closes the entries above it.
A leaf is SHA-256(0x00 ‖ JSON with sorted keys, no spaces, UTF-8), the root that of RFC 6962.
A seal signs (Ed25519) its own JSON without `signature`, and names the SHA-256 of the whole seal
before. The manifest holds the public key, the hash of the seal before the first, and the
number and hash of the last (its checkpoint).
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass
class Report:
    """What was found: sound when there are no problems."""

    entries: int = 0
    seals: int = 0
    last_hash: str = ""
    last_number: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def spelled(data: Any) -> bytes:
    """The one JSON text of some data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(*parts: bytes) -> bytes:
    """SHA-256 over the parts in a row."""
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962: split at the largest power of two below the count."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", root(leaves[:split]), root(leaves[split:]))


def verify(
    lines: Iterable[str], manifest: dict[str, Any], checkpoint: dict[str, Any] | None = None
) -> Report:
    """Check a trail against its manifest, and against a `checkpoint` kept elsewhere."""
    report = Report(last_hash=manifest["previous"], last_number=manifest["first_seal"] - 1)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest["public_key"]))
    group: list[dict[str, Any]] = []
    place: tuple[int, str] = (0, "")
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
        except ValueError:
            report.problems.append(f"line {number} is not JSON")
            continue
        if "seal" not in line:
            group.append(line)
            continue
        _check_seal(report, line["seal"], group, key, place)
        place = (line["seal"]["last_tx"], line["seal"]["last_id"])
        group = []
    if group:
        report.problems.append(f"{len(group)} entries at the end are under no seal")
    for known in (manifest["checkpoint"], checkpoint):
        if known is not None:
            _check_known(report, known)
    return report


def _check_seal(
    report: Report,
    seal: dict[str, Any],
    group: list[dict[str, Any]],
    key: Ed25519PublicKey,
    place: tuple[int, str],
) -> None:
    name, wrong = f"seal {seal['number']}", report.problems.append
    if seal["number"] != report.last_number + 1:
        wrong(f"{name} follows seal {report.last_number}: seals are missing")
    if seal["previous"] != report.last_hash:
        wrong(f"{name} does not name the seal before it")
    unsigned = {part: value for part, value in seal.items() if part != "signature"}
    try:
        key.verify(bytes.fromhex(seal["signature"]), spelled(unsigned))
    except (InvalidSignature, ValueError):
        wrong(f"{name} is not signed by this key")
    if len(group) != seal["count"]:
        wrong(f"{name} covers {seal['count']} entries, {len(group)} are here")
    if root([_leaf(line) for line in group]).hex() != seal["root"]:
        wrong(f"{name}: an entry was changed, added, removed or moved")
    _check_order(report, seal, group, place)
    report.entries += len(group)
    report.seals += 1
    report.last_number, report.last_hash = seal["number"], sha(spelled(seal)).hex()
    report.hashes[report.last_number] = report.last_hash


def _leaf(line: dict[str, Any]) -> bytes:
    return sha(b"\x00", spelled(line["entry"])) if "entry" in line else bytes.fromhex(line["leaf"])


def _check_order(
    report: Report, seal: dict[str, Any], group: list[dict[str, Any]], place: tuple[int, str]
) -> None:
    places = [(line["entry"]["tx"], line["entry"]["id"]) for line in group if "entry" in line]
    end = (seal["last_tx"], seal["last_id"])
    for found in places:
        if not place < found <= end:
            report.problems.append(f"seal {seal['number']}: entry {found[1]} is out of order")
            return
        place = found


def _check_known(report: Report, known: dict[str, Any]) -> None:
    number = known["number"]
    if number > report.last_number:
        report.problems.append(f"the tail is cut: seal {number} is known to exist")
    elif report.hashes.get(number, known["hash"]) != known["hash"]:
        report.problems.append(f"seal {number} is not the one that is known")


def main(arguments: list[str]) -> int:
    """The command line; 0 when the trail is sound."""
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("trail", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--key", help="public key that is trusted, in hex")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint kept elsewhere (JSON)")
    given = parser.parse_args(arguments)
    manifest = json.loads(given.manifest.read_text())
    if given.key:
        manifest["public_key"] = given.key
    checkpoint = json.loads(given.checkpoint.read_text()) if given.checkpoint else None
    with given.trail.open() as lines:
        report = verify(lines, manifest, checkpoint)
    for problem in report.problems:
        sys.stdout.write(f"{problem}\n")
    verdict = "NOT SOUND" if report.problems else "sound"
    sys.stdout.write(f"{report.entries} entries under {report.seals} seals: {verdict}\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
