"""Regenerates the Python of the wire contract from the .proto files beside it."""

from __future__ import annotations

import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc  # type: ignore[import-untyped] # ships no types

HERE = Path(__file__).parent
PROTOS = HERE / "protos"
GENERATED = HERE / "generated"

# protoc writes imports as if its output folder were on sys.path; ours is a package.
_TOP_LEVEL_IMPORT = re.compile(r"^import (bos_\w+_pb2) as (\w+)$", re.MULTILINE)


def generate(target: Path) -> None:
    """Writes `*_pb2.py` and `*_pb2.pyi` of every .proto into `target`."""
    names = sorted(path.name for path in PROTOS.glob("*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={PROTOS}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        *names,
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc refused the .proto files; its words are above")
    for path in (*target.glob("*_pb2.py"), *target.glob("*_pb2.pyi")):
        path.write_text(relative_imports(path.read_text()))


def relative_imports(source: str) -> str:
    """The same module with imports of its neighbours made relative."""
    return _TOP_LEVEL_IMPORT.sub(r"from . import \1 as \2", source)


def stale_files() -> list[str]:
    """Names of checked-in generated files that differ from what the .proto files give."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        wanted = {path.name: path.read_text() for path in fresh.iterdir()}
    present = {path.name: path.read_text() for path in GENERATED.glob("*_pb2.py*")}
    return sorted(n for n in wanted.keys() | present.keys() if wanted.get(n) != present.get(n))


def main() -> int:
    """Regenerates in place; files of .proto files that are gone are removed."""
    for path in GENERATED.glob("*_pb2.py*"):
        path.unlink()
    generate(GENERATED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
