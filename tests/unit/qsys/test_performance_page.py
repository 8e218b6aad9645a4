"""The page on performance names every figure that the Q-SYS bench adds."""

from __future__ import annotations

import re

from tests.support.qsys import ROOT

PARTS = ("polling", "single", "storing")
_ADDED = re.compile(r'bench\.add\(\s*f?"([^"]+)"')


def figures() -> set[str]:
    """What the parts call their figures, without the name of the case before it."""
    found: set[str] = set()
    for part in PARTS:
        text = (ROOT / "tests" / "load" / "qsys" / f"{part}.py").read_text()
        found |= {re.sub(r"^\{\w+\}: ", "", one) for one in _ADDED.findall(text)}
    return found


def test_every_figure_is_on_the_page() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    known = {re.sub(r"\{.*?\}", "480,000", one) for one in figures()}
    assert len(known) >= 20
    short = {one.removesuffix(", p95").removesuffix(", p50") for one in known}
    assert {one for one in short if one not in page} == set()
