"""Brings the browser's libraries from npm into static/vendor, each checked against its hash.

`static/vendor.json` says which file comes from which package path and what its SHA-384 is.
After a change of static/package.json: `python -m apps.ops.launcher.assets --accept`.
"""

import argparse
import base64
import gzip
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.ops.launcher import node
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT

STATIC = CHECKOUT / "static"
PACKED = (".js", ".css")
"""What is also kept compressed, for browsers that say they read it."""


@dataclass(frozen=True)
class Asset:
    """A file of static/vendor: its name there, its path below node_modules, its hash."""

    target: str
    source: str
    sha384: str

    def right(self, vendor: Path) -> bool:
        """Whether the file is there and is what the hash says, compressed too where it is kept."""
        path, packed = vendor / self.target, self.packed(vendor)
        if not (path.is_file() and packed.is_file()) or digest(path) != self.sha384:
            return False
        return packed == path or gzip.decompress(packed.read_bytes()) == path.read_bytes()

    def packed(self, vendor: Path) -> Path:
        """Where the file is kept compressed; itself where that is not worth it."""
        path = vendor / self.target
        return path.with_name(f"{path.name}.gz") if path.suffix in PACKED else path

    def pack(self, vendor: Path) -> None:
        """Write the compressed copy, the same bytes each time."""
        packed = self.packed(vendor)
        if packed.suffix == ".gz":
            packed.write_bytes(gzip.compress((vendor / self.target).read_bytes(), mtime=0))


def digest(path: Path) -> str:
    """A file's SHA-384 as browsers write it in `integrity`."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def read_list(static: Path) -> list[Asset]:
    """The assets static/vendor.json names."""
    entries = json.loads((static / "vendor.json").read_text())
    return [Asset(target, entry["source"], entry["sha384"]) for target, entry in entries.items()]


def ensure(static: Path = STATIC, packages: Path | None = None) -> bool:
    """Makes static/vendor right; returns whether anything had to be brought.

    `packages` is a node_modules folder that is there already; without it npm installs one.
    """
    assets, vendor = read_list(static), static / "vendor"
    if all(asset.right(vendor) for asset in assets):
        return False
    with tempfile.TemporaryDirectory(prefix="controlplane-assets-") as temporary:
        packages = packages or _fetch(static, Path(temporary))
        draft = Path(temporary) / "vendor"
        for asset in assets:
            _copy(packages / asset.source, draft / asset.target)
            asset.pack(draft)
        wrong = [asset.target for asset in assets if not asset.right(draft)]
        if wrong:
            raise LaunchError(
                f"These files differ from the hashes in {static / 'vendor.json'}: "
                f"{', '.join(wrong)}. If static/package.json was changed on purpose, read the "
                "new files and run `python -m apps.ops.launcher.assets --accept`."
            )
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(draft, vendor)
    return True


def accept(static: Path = STATIC) -> None:
    """Writes the hashes of what the locked packages hold now into static/vendor.json."""
    with tempfile.TemporaryDirectory(prefix="controlplane-assets-") as temporary:
        packages = _fetch(static, Path(temporary))
        entries = {
            asset.target: {"source": asset.source, "sha384": digest(packages / asset.source)}
            for asset in read_list(static)
        }
    (static / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Bring the browser's libraries.")
    parser.add_argument("--accept", action="store_true", help="write the hashes of what is locked")
    parser.add_argument("--packages", type=Path, help="an installed node_modules to copy from")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.accept:
            accept()
        elif ensure(packages=chosen.packages):
            say("Browser libraries are in static/vendor.")
    except LaunchError as error:
        say(str(error))
        return 1
    return 0


def _fetch(static: Path, temporary: Path) -> Path:
    """Installs the locked packages into the temporary folder; returns its node_modules."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(static / name, temporary / name)
    node.npm("ci", "--ignore-scripts", cwd=temporary)
    return temporary / "node_modules"


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise LaunchError(f"No package of static/package-lock.json holds {source.name}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
