"""Design files: what they say is what a Core runs, and what is wrong in them is told by line."""

from __future__ import annotations

import string
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.qsys.client import QrcTransport, QsysSession
from apps.qsys.simulator import Core, DesignError, load_design, parse_design, running_core
from apps.qsys.simulator.designs import samples
from apps.qsys.simulator.designs.shapes import KINDS
from apps.qsys.simulator.spec import DesignSpec

SIZES = {"huddle-room": 300, "corporate-floor": 5_000, "arena": 40_000}
NEEDED: dict[str, dict[str, Any]] = {
    "mixer": {"inputs": 2, "outputs": 2},
    "router_with_output": {"inputs": 2, "outputs": 2},
    "PA": {"zones": 2},
    "meter2": {"channels": 2},
    "rms_meter": {"channels": 2},
    "status_combiner": {"inputs": 2},
    "custom_controls": {"knobs": 5},
    "other": {"type": "%PLUGIN%_Sample", "controls": [{"name": "level"}]},
}


def written(*components: dict[str, Any], **more: Any) -> str:
    """A file with these components."""
    return yaml.safe_dump({"design": "Test", "components": list(components), **more})


def outcome(text: str) -> DesignSpec | DesignError:
    """What becomes of a text."""
    try:
        return parse_design(text, "any")
    except DesignError as error:
        return error


@pytest.mark.parametrize(("name", "size"), SIZES.items())
async def test_a_sample_is_served_and_read_by_our_client(name: str, size: int) -> None:
    async with running_core(design=load_design(name)) as host:
        transport = QrcTransport(host.address, host.ports["qrc"])
        async with QsysSession(transport, timeout=20) as session:
            components = await session.components()
            read = [await session.controls(one.name) for one in components]
            status = await session.status()
    assert sum(map(len, read)) == size
    assert "Hidden Script" not in {one.name for one in components}
    assert (status.design_name, status.platform) == (
        host.core.design.name,
        host.core.design.platform,
    )
    names = "".join(one.name for one in components)
    assert {" ", ".", "/"} <= set(names)
    assert not names.isascii()


async def test_a_reload_may_bring_another_design() -> None:
    async with running_core(design=load_design("huddle-room")) as host:
        code = host.core.code
        host.reload(load_design("corporate-floor"))
        assert host.core.code != code
        assert "Boardroom.Mix" in host.core.components


def test_all_samples_are_known_here() -> None:
    assert samples() == sorted(SIZES)


def test_every_kind_can_be_made() -> None:
    made = parse_design(written(*({"kind": k, "name": k, **NEEDED.get(k, {})} for k in KINDS)))
    types = {one.type for one in made.components}
    assert types == {*KINDS, "%PLUGIN%_Sample"} - {"other"}
    for one in made.components:
        assert one.controls, one.name
        assert len({control.name for control in one.controls}) == len(one.controls)


def test_fifty_thousand_controls_are_quick_and_one_more_is_refused() -> None:
    began = time.process_time()
    most = {"kind": "custom_controls", "name": "C {1..500}", "controls": [{"name": "x{1..100}"}]}
    assert Core(parse_design(written(most))).design.size == 50_000
    assert time.process_time() - began < 5
    empty = {"kind": "other", "type": "t", "name": "E"}
    with pytest.raises(DesignError, match="50001 controls up to here; a Core has at most 50000"):
        parse_design(written(most, empty))


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("Zone", 1, ["Zone"]),
        ("Zone {n}", 3, ["Zone 1", "Zone 2", "Zone 3"]),
        ("{08..10}", 1, ["08", "09", "10"]),
        ("F{1..2}/R{1..2}", 1, ["F1/R1", "F1/R2", "F2/R1", "F2/R2"]),
        ("{n}-{1..2}", 2, ["1-1", "1-2", "2-1", "2-2"]),
        ("a{b}", 1, ["a{b}"]),
    ],
)
def test_names_repeat(name: str, count: int, expected: list[str]) -> None:
    made = parse_design(written({"kind": "gain", "name": name, "count": count}))
    assert [one.name for one in made.components] == expected


def test_what_a_control_says_is_what_it_is() -> None:
    control = {
        "name": "level", "type": "Integer", "min": -5, "max": 5, "value": 2.4, "unit": "x",
        "direction": "Read Only", "meter": {"middle": 1, "swing": 2, "period": 9},
    }  # fmt: skip
    made = parse_design(
        written({"kind": "gain", "name": "G", "numbers": True, "controls": [control]})
    )
    spec = made.components[0].controls[-1]
    assert (spec.name, spec.value, spec.direction) == ("level", 2.0, "Read Only")
    assert spec.meter is not None
    assert spec.meter.period == 9
    assert made.components[0].numbers


def test_named_controls_run_together_with_their_components() -> None:
    named = {"name": "Z{1..2}", "component": "Zone {1..2}", "control": "gain"}
    made = parse_design(written({"kind": "gain", "name": "Zone {1..2}"}, named=[named]))
    assert made.named == {"Z1": ("Zone 1", "gain"), "Z2": ("Zone 2", "gain")}


def test_an_emulator_says_so() -> None:
    made = parse_design(written({"kind": "gain", "name": "G"}, emulator=True))
    status = Core(made).engine_status()
    assert (status["IsEmulator"], status["Platform"]) == (True, "Emulator")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "a design begins with 'design: its name'"),
        ("design: A\ncomponents: []", 2, "components: Expected `array` of length >= 1"),
        ("design: A\ncomponents:\n- kind: gian\n  name: G", 3, "did you mean 'gain'?"),
        ("design: A\ncomponents:\n- kind: gain\n  name: G\n  vlaue: 1", 5, "did you mean 'value'?"),
        ("design: A\ncomponents:\n- kind: gain\n  name: 7", 4, "Expected `str`, got `int`"),
        ("design: A\ncomponents:\n- kind: gain\n  name: G\n  value: 21", 5, "<= 20"),
        ("design: A\ncomponents:\n- kind: mixer\n  name: M\n  inputs: 2", 3, "field `outputs`"),
        ("design: A\ncomponents:\n- kind: gain\n  name: G\n  count: 2", 4, "the name needs {n}"),
        ("design: A\ncomponents:\n- {kind: gain, name: 'G{9..1}'}", 3, "a range runs from"),
        ("design: A\ncomponents:\n- {kind: gain, name: G}\n- {kind: gain, name: G}", 4, "two comp"),
        ("design: A\ndesign: B", 2, "'design' stands here twice"),
        ("design: &a A\ncomponents: *a", 2, "aliases are not read"),
        ("design: 2026-01-01", 1, "put it in quotes"),
        ("design: .inf", 1, "a finite number is needed"),
        ("design: [\n", 2, "no YAML"),
        ("[" * 50, 1, "nested deeper than 12 levels"),
        ("? [a]\n: b", 1, "a name must stand before ':'"),
        ("design: A\ncomponents:\n- {kind: gain, name: 'G{1..99999}'}", 3, "at most 50000"),
        (f"design: A\ncomponents:\n- {{kind: gain, name: '{'x{1..9}' * 20}'}}", 3, "at most 50000"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DesignError) as raised:
        parse_design(text, "mine.yaml")
    assert words in str(raised.value)
    assert raised.value.line == line
    assert str(raised.value).startswith(f"mine.yaml, line {line}: " if line else "mine.yaml: ")


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"name": "x", "type": "Foat"}, "controls[0].type: 'Foat' is none; did you mean 'Float'?"),
        ({"name": "x", "min": 2}, "controls[0].min: min 2 lies above max 1"),
        ({"name": "x", "value": 2}, "controls[0].value: 2 lies outside 0 to 1"),
        ({"name": "x", "type": "Boolean", "labels": ["a"]}, "a Boolean has two labels"),
        ({"name": "gain"}, "there are two controls 'gain'"),
        ({"name": "x", "meter": {"speed": 1}}, "meter.speed: 'speed' is not known here"),
        ({"name": "x", "direction": "Read"}, "did you mean 'Read Only'?"),
    ],
)
def test_a_wrong_control_is_refused(control: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError) as raised:
        parse_design(written({"kind": "gain", "name": "G", "controls": [control]}))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"name": "N", "component": "H", "control": "gain"}, "no component 'H'"),
        ({"name": "N", "component": "G", "control": "gian"}, "did you mean 'gain'?"),
        ({"name": "N{1..2}", "component": "G", "control": "gain"}, "stands for 2 names"),
    ],
)
def test_a_named_control_must_lead_somewhere(named: dict[str, Any], words: str) -> None:
    with pytest.raises(DesignError) as raised:
        parse_design(written({"kind": "gain", "name": "G"}, named=[named]))
    assert words in str(raised.value)


def test_what_is_no_design_is_told_apart() -> None:
    with pytest.raises(DesignError, match="did you mean 'arena'"):
        load_design("arean")
    with pytest.raises(DesignError, match="cannot be read"):
        load_design("/proc/self/mem")


words = st.sampled_from(
    ["design", "components", "named", "kind", "name", "count", "controls", "value", "meter", "gain"]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(values.map(yaml.safe_dump), st.text(max_size=200)))
def test_any_text_is_a_design_or_an_error_with_a_place(text: str) -> None:
    made = outcome(text)
    if isinstance(made, DesignError):
        assert str(made).startswith("any")
        assert made.line <= len(text) + 1
    else:
        assert 0 < made.size <= 50_000


names = st.text(string.ascii_letters + " ./é会-", min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(names, st.integers(1, 40), st.sampled_from(["gain", "apm_input", "uci"])),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_counts_and_ranges_make_as_many(parts: list[tuple[str, int, str]], ranges: bool) -> None:
    components: list[dict[str, Any]] = []
    for n, (name, times, kind) in enumerate(parts):
        stem = f"{n}:{name}"
        repeated = {"name": f"{stem}{{1..{times}}}"}
        counted = {"name": f"{stem}{{n}}", "count": times}
        components.append({"kind": kind, **(repeated if ranges else counted)})
    core = Core(parse_design(written(*components)))
    assert len(core.components) == sum(times for _, times, _ in parts)
    for n, (name, times, kind) in enumerate(parts):
        assert core.components[f"{n}:{name}{times}"].spec.type == kind
