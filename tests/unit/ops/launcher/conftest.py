"""Fixtures of the launcher's tests: real supervisors in processes of their own."""

from collections.abc import Iterator

import pytest

from tests.support.mini import MiniPlane, Starter


@pytest.fixture
def mini_plane() -> Iterator[Starter]:
    """Starts supervisors of trivial children; ends them, and what they left, afterwards."""
    started: list[MiniPlane] = []

    def start(children: dict[str, str], **options: float) -> MiniPlane:
        started.append(MiniPlane(children, **options))
        return started[-1]

    yield start
    for plane in started:
        plane.end()
