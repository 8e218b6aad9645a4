"""The signature under an image: openssl's own is believed, and any change of a word breaks it."""

import base64
import subprocess
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.miners.firmware.fitness import Facts, unfit
from apps.miners.firmware.signing import Statement, first_signer, public_key, signature
from apps.miners.models import FirmwareImage

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
WORDS = st.text(max_size=12)
STATEMENTS = st.builds(
    Statement,
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    size=st.integers(1, 1 << 28),
    version=WORDS,
    hardware=st.lists(WORDS, max_size=3).map(tuple),
    platforms=st.lists(WORDS, max_size=3).map(tuple),
    min_version=WORDS,
    product=WORDS,
)


@given(STATEMENTS, STATEMENTS)
def test_a_signature_is_of_one_statement_only(one: Statement, other: Statement) -> None:
    signed = KEY.sign(one.canonical())
    assert first_signer([bytes(32), PUBLIC], one.canonical(), signed) == 1
    same = one.canonical() == other.canonical()
    assert (first_signer([PUBLIC], other.canonical(), signed) == 0) is same


@given(STATEMENTS)
def test_the_order_of_hardware_says_nothing(one: Statement) -> None:
    turned = replace(one, hardware=one.hardware[::-1], platforms=one.platforms[::-1])
    assert turned.canonical() == one.canonical()
    assert b" :" not in one.canonical()
    assert one.canonical().isascii()


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "\u00e9", base64.b64encode(bytes(65))])
def test_what_is_no_signature_is_told(text: Any) -> None:
    with pytest.raises(ValueError, match="64 bytes in base64"):
        signature(text if isinstance(text, str) else text.decode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "32 bytes in hex"),
        ("ab" * 31, "32 bytes in hex"),
        ("xy" * 32, "32 bytes in hex"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "is no public key"),
        ("-----BEGIN", "is no public key"),
    ],
)
def test_what_is_no_key_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        public_key(text)


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def test_openssl_s_own_key_and_signature_are_believed(tmp_path: Path) -> None:
    """The recipe of docs/how-to/sign-firmware.md, with the tool that a person would use."""
    image, key, said = (tmp_path / name for name in ("image.tar", "key.pem", "statement.json"))
    image.write_bytes(b"firmware" * 1000)
    out = StringIO()
    words = ["--release", "26.08", "--model", "Antminer S19J Pro", "--min-version", "26.04"]
    call_command("firmware_statement", str(image), *words, stdout=out)
    said.write_text(out.getvalue())
    openssl("genpkey", "-algorithm", "ed25519", "-out", str(key))
    public = public_key(openssl("pkey", "-in", str(key), "-pubout").decode())
    signed = openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(said))
    content = image.read_bytes()
    statement = Statement(
        sha256=sha256(content).hexdigest(),
        size=len(content),
        version="26.08",
        hardware=("Antminer S19J Pro",),
        min_version="26.04",
    )
    text = base64.b64encode(signed).decode()
    assert first_signer([public], statement.canonical(), signature(text)) == 0
    assert first_signer([public], replace(statement, min_version="").canonical(), signed) is None


def test_the_recipe_without_the_plane_s_code_makes_the_same_bytes(tmp_path: Path) -> None:
    page = Path("docs/how-to/sign-firmware.md").read_text()
    recipe = page[page.index("printf ") :].partition("```")[0]
    image = tmp_path / "image.tar"
    image.write_bytes(b"firmware" * 1000)
    subprocess.run(["sh", "-c", recipe], cwd=tmp_path, check=True)
    words = ["--release", IMAGE.version, "--model", "Antminer S19J Pro", "--platform", "AM3_AML"]
    out = StringIO()
    call_command("firmware_statement", str(image), *words, "--min-version", "26.04", stdout=out)
    assert (tmp_path / "statement.json").read_bytes() == out.getvalue().encode()


def test_rsa_keys_are_refused(tmp_path: Path) -> None:
    key = tmp_path / "rsa.pem"
    openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024", "-out", str(key))
    with pytest.raises(ValueError, match="no Ed25519 key"):
        public_key(openssl("pkey", "-in", str(key), "-pubout").decode())


def test_a_statement_of_nothing_is_refused(tmp_path: Path) -> None:
    there = tmp_path / "image"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("firmware_statement", str(there), "--release", "26.08", "--model", "M")
    there.write_bytes(b"x")
    words = ["--release", "26.08", "--model", "M", "--min-version", "newest"]
    with pytest.raises(CommandError, match="names no release"):
        call_command("firmware_statement", str(there), *words)


IMAGE = FirmwareImage(
    version="2026-08-25-0-5f1c9a3e-26.08.1-plus",
    min_version="26.04",
    device_models=["Antminer S19J Pro"],
    platforms=["AM3_AML"],
)
FIT = Facts("Antminer S19J Pro", "AM3_AML", "2026-04-14-0-912d084c-26.04-plus")


@pytest.mark.parametrize(
    ("changes", "facts", "words"),
    [
        ({}, FIT, ""),
        ({}, Facts(None, None, None), ""),
        ({"product": "vnish"}, FIT, "is of vnish, and this miner runs braiins-os"),
        ({}, replace(FIT, model="Antminer T21"), "not for Antminer T21"),
        (
            {},
            replace(FIT, model=""),
            "is for Antminer S19J Pro, not for a miner that names no model",
        ),
        ({}, replace(FIT, platform="AM3_BBB"), "control board AM3_AML, not for AM3_BBB"),
        ({}, replace(FIT, platform=""), "a board that it does not name"),
        ({"platforms": []}, replace(FIT, platform="AM3_BBB"), ""),
        ({}, replace(FIT, version="26.03.9"), "the miner runs 26.03.9; install 26.04 first"),
        ({"min_version": ""}, replace(FIT, version="26.03.9"), ""),
        ({}, replace(FIT, version="nightly"), "'nightly' names no release"),
        ({}, replace(FIT, version="26.09"), "26.08.1 is older than 26.09"),
        ({}, replace(FIT, version="26.08.1"), ""),
    ],
)
def test_an_image_says_which_miners_it_is_for(
    changes: dict[str, Any], facts: Facts, words: str
) -> None:
    image = FirmwareImage(
        **{
            name: getattr(IMAGE, name)
            for name in ("version", "min_version", "device_models", "platforms", "product")
        }
        | changes
    )
    found = unfit(image, facts, older=False)
    assert words in found
    assert bool(words) == bool(found)


def test_going_back_has_to_be_said() -> None:
    newer = replace(FIT, version="26.09")
    assert "older=true" in unfit(IMAGE, newer, older=False)
    assert unfit(IMAGE, newer, older=True) == ""
