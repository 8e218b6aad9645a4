"""Where designs come from: the samples that ship with the simulator, and files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from apps.qsys.simulator.designs.building import Builder
from apps.qsys.simulator.designs.checking import checked
from apps.qsys.simulator.designs.errors import DesignError, choice
from apps.qsys.simulator.designs.reading import LARGEST_FILE, Document
from apps.qsys.simulator.spec import DesignSpec

SAMPLES: Final = Path(__file__).parent / "samples"
SUFFIX: Final = ".yaml"


def samples() -> list[str]:
    """Names of the shipped designs."""
    return sorted(one.stem for one in SAMPLES.glob(f"*{SUFFIX}"))


def load_design(wanted: str) -> DesignSpec:
    """A sample by its name, or the design in a file; raises DesignError."""
    if wanted in samples():
        return _load(SAMPLES / f"{wanted}{SUFFIX}")
    file = Path(wanted)
    if not file.is_file():
        words = f"neither a file nor a sample; {choice(wanted, samples())}"
        raise DesignError(words, source=wanted)
    return _load(file)


def parse_design(text: str, source: str = "design") -> DesignSpec:
    """The design a YAML text describes; raises DesignError with the line."""
    document = Document(source, text)
    if not isinstance(document.data, dict):
        raise document.fail("a design begins with 'design: its name'", "$")
    return Builder(document).build(checked(document))


def _load(file: Path) -> DesignSpec:
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST_FILE + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DesignError(f"cannot be read: {error}", source=str(file)) from error
    return parse_design(text, file.name)
