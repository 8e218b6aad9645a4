"""What can be read at three in the morning: contrast, weight, and a word for every state."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.console.status import BADGES, badge
from apps.fleet.models import Liveness, Severity, TargetState
from apps.fleet.models.rollout import MemberState, PhaseState, RolloutState
from apps.fleet.rollouts.selectors import AWAITING
from apps.jobs.models import JobState
from apps.kernel.errors import Code
from apps.miners.discovery.judging import Verdict
from apps.operations.core import Danger
from apps.operations.models import ApprovalState

STATIC = Path(settings.STATICFILES_DIRS[0])
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)",
        (STATIC / "console" / "console.css").read_text(),
    )
}
TONES = ("ok", "warn", "fail", "run", "off", "unknown")
PAIRS = [
    ("on-accent", "accent"),
    *((tone, f"{tone}-bg") for tone in TONES),
    *((tone, "card") for tone in TONES),
    *(
        (text, ground)
        for text in ("ink", "muted", "link")
        for ground in ("card", "paper", "sunken")
    ),
]
GAMMA = 2.4


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** GAMMA for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(text: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize(
    ("family", "states"),
    [
        ("liveness", Liveness.values),
        ("severity", Severity.values),
        ("job", JobState.values),
        ("target", TargetState.values),
        ("member", MemberState.values),
        ("phase", PhaseState.values),
        ("rollout", [*RolloutState.values, AWAITING]),
        ("approval", ApprovalState.values),
        ("find", list(Verdict)),
        ("danger", [one.name for one in Danger]),
    ],
)
def test_every_state_has_its_word(family: str, states: list[str]) -> None:
    assert set(BADGES[family]) == set(states)


@pytest.mark.parametrize("code", list(Code))
def test_every_failure_reads_as_a_verdict(code: Code) -> None:
    assert badge("verdict", code).word


def test_every_icon_is_there_to_be_drawn() -> None:
    names = {one.icon for family in BADGES.values() for one in family.values()}
    for template in (Path(settings.TEMPLATES[0]["DIRS"][0]) / "console").glob("*.html"):
        names.update(re.findall(r'\{% icon "([a-z0-9-]+)"', template.read_text()))
    missing = [
        name for name in names if not (STATIC / "vendor" / "icons" / f"{name}.svg").is_file()
    ]
    assert missing == []


def test_a_page_weighs_less_than_120_kilobytes() -> None:
    loaded = ("vendor/htmx.min.js", "vendor/idiomorph-ext.min.js", "console/console.css")
    loaded += (
        "console/theme.js",
        "console/live.js",
        "console/live-worker.js",
        "console/console.js",
    )
    assert sum((STATIC / name).stat().st_size for name in loaded) < 120_000
