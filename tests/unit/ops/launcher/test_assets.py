"""Browser libraries come from the locked packages and only with the hashes of the tree."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from apps.ops.launcher import assets
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.state import CHECKOUT


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A tree with one package and one asset."""
    package = tmp_path / "node_modules" / "lib" / "lib.js"
    package.parent.mkdir(parents=True)
    package.write_text("window.lib = 1")
    static = tmp_path / "static"
    static.mkdir()
    name_hash(static, assets.digest(package))
    return static


def name_hash(static: Path, sha384: str, source: str = "lib/lib.js") -> None:
    entry = {"lib.js": {"source": source, "sha384": sha384}}
    (static / "vendor.json").write_text(json.dumps(entry))


def packages(static: Path) -> Path:
    return static.parent / "node_modules"


def test_assets_are_copied_once(static: Path) -> None:
    assert assets.ensure(static, packages(static))
    assert (static / "vendor" / "lib.js").read_text() == "window.lib = 1"
    assert not assets.ensure(static, packages(static))


def test_changed_asset_is_replaced(static: Path) -> None:
    assets.ensure(static, packages(static))
    (static / "vendor" / "lib.js").write_text("window.evil = 1")
    assert assets.ensure(static, packages(static))
    assert (static / "vendor" / "lib.js").read_text() == "window.lib = 1"


def test_a_script_is_kept_compressed_too_and_checked_like_itself(static: Path) -> None:
    assets.ensure(static, packages(static))
    packed = static / "vendor" / "lib.js.gz"
    assert gzip.decompress(packed.read_bytes()) == b"window.lib = 1"
    packed.write_bytes(gzip.compress(b"window.evil = 1"))
    assert assets.ensure(static, packages(static))
    assert gzip.decompress(packed.read_bytes()) == b"window.lib = 1"


def test_package_that_differs_from_its_hash_never_arrives(static: Path) -> None:
    (packages(static) / "lib" / "lib.js").write_text("window.evil = 1")
    with pytest.raises(LaunchError, match=r"lib\.js"):
        assets.ensure(static, packages(static))
    assert not (static / "vendor").exists()


def test_file_no_package_holds_is_named(static: Path) -> None:
    name_hash(static, "sha384-x", source="lib/gone.js")
    with pytest.raises(LaunchError, match=r"gone\.js"):
        assets.ensure(static, packages(static))


def test_digest_is_what_browsers_check(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"alert('Hello, world.');")
    expected = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    assert assets.digest(tmp_path / "x") == expected


def test_list_of_the_tree_names_locked_packages_only() -> None:
    locked = json.loads((CHECKOUT / "static" / "package-lock.json").read_text())["packages"]
    for asset in assets.read_list(assets.STATIC):
        assert f"node_modules/{asset.source.split('/')[0]}" in locked
        assert asset.sha384.startswith("sha384-")


def test_lock_names_no_registry() -> None:
    assert '"resolved"' not in (CHECKOUT / "static" / "package-lock.json").read_text()


def test_npm_brings_what_the_tree_names(tmp_path: Path) -> None:
    """The real npm and the real packages, into a copy of the tree."""
    static = tmp_path / "static"
    static.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc", "vendor.json"):
        shutil.copy(CHECKOUT / "static" / name, static / name)
    assert assets.ensure(static)
    assert (static / "vendor" / "htmx.min.js").stat().st_size > 10_000
