"""The virtual environment is made from the lock, once, and made anew when it is unfit."""

import hashlib
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from apps.ops.launcher import bootstrap
from apps.ops.launcher.bootstrap import BootstrapError, Environment

NAME = "tiny"


def wheel(folder: Path, version: str = "1.0") -> Path:
    """A wheel with one module, so that the test needs no index."""
    path = folder / f"{NAME}-{version}-py3-none-any.whl"
    info = f"{NAME}-{version}.dist-info"
    files = {
        f"{NAME}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{name},sha256={_hash(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def lock(folder: Path, version: str, digest: str | None = None) -> Path:
    path = wheel(folder, version)
    digest = digest or hashlib.sha256(path.read_bytes()).hexdigest()
    lines = f"--no-index\n{NAME} @ {path.as_uri()} --hash=sha256:{digest}\n"
    (folder / "lock.txt").write_text(lines)
    return folder / "lock.txt"


def installed(environment: Environment) -> str:
    code = f"import {NAME}; print({NAME}.VERSION)"
    done = subprocess.run(
        [environment.python, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_environment_follows_its_lock_file(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", lock(tmp_path, "1.0"), uv=None)
    assert environment.ensure()
    assert installed(environment) == "1.0"
    assert not environment.ensure()
    lock(tmp_path, "2.0")
    assert environment.ensure()
    assert installed(environment) == "2.0"
    compiled = list((tmp_path / "venv" / "lib").glob(f"*/site-packages/__pycache__/{NAME}*"))
    assert compiled


def test_package_with_another_hash_is_refused(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", lock(tmp_path, "1.0", "0" * 64), uv=None)
    with pytest.raises(BootstrapError, match="failed"):
        environment.ensure()
    assert not list((tmp_path / "venv" / "lib").glob(f"*/site-packages/{NAME}.py"))


def test_broken_environment_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /gone\n")
    (folder / "bin" / "python").symlink_to("/gone/python3")
    (folder / "stale").write_text("")
    environment = Environment(folder, lock(tmp_path, "1.0"), uv=None)
    assert environment.ensure()
    assert installed(environment) == "1.0"
    assert not (folder / "stale").exists()


def test_folder_that_is_no_environment_is_not_removed(tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    folder.mkdir()
    (folder / "diary.txt").write_text("mine")
    Environment(folder, lock(tmp_path, "1.0"), uv=None).ensure()
    assert (folder / "diary.txt").read_text() == "mine"


def test_it_runs_without_anything_installed() -> None:
    """-S hides every installed package, -I the environment: what a bare machine has."""
    code = "import apps.ops.launcher.bootstrap as b, sys; sys.exit(b.main(['--help']))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=bootstrap.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--lock" in done.stdout


def test_failing_command_is_quoted() -> None:
    with pytest.raises(BootstrapError, match="exit status 3"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(BootstrapError, match="/no/such/program"):
        bootstrap.run(["/no/such/program"])
