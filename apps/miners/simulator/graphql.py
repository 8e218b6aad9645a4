"""The older GraphQL of a simulated miner: selections without arguments, read only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from apps.miners.simulator.state import MinerState

Selection = dict[str, "Selection"]

_TOKEN = re.compile(r"[{}]|\w+")
_DEEPEST = 16


class BadQuery(ValueError):  # noqa: N818 - says what is wrong
    """The text is no query this face can read."""


def execute(state: MinerState, query: str) -> dict[str, object]:
    """The answer to a query: `{"data": …}` with just the fields asked for."""
    return {"data": _pick(_everything(state), parse(query))}


def parse(query: str) -> Selection:
    """Reads `{ a { b c } }`, with or without a leading `query Name`."""
    tokens = _TOKEN.findall(query)
    if "{" not in tokens:
        raise BadQuery("a query needs a selection in braces")
    del tokens[: tokens.index("{")]
    selection, rest = _selection(tokens, 0)
    if rest:
        raise BadQuery("there is text after the closing brace")
    return selection


def _selection(tokens: list[str], depth: int) -> tuple[Selection, list[str]]:
    if depth > _DEEPEST:
        raise BadQuery("the query is too deep")
    rest = tokens[1:]
    selection: Selection = {}
    while rest and rest[0] != "}":
        name, rest = rest[0], rest[1:]
        if name == "{":
            raise BadQuery("a selection needs a field before it")
        selection[name] = {}
        if rest and rest[0] == "{":
            selection[name], rest = _selection(rest, depth + 1)
    if not rest:
        raise BadQuery("a brace is not closed")
    return selection, rest[1:]


def _pick(value: object, selection: Selection) -> object:
    if isinstance(value, Mapping) and selection:
        return {name: _pick(value.get(name), inner) for name, inner in selection.items()}
    if isinstance(value, list):
        return [_pick(item, selection) for item in value]
    return value


def _everything(state: MinerState) -> dict[str, object]:
    appeals = [
        {"id": str(n), "kind": "ERROR", "message": e.message, "timestamp": e.timestamp}
        for n, e in enumerate(state.errors)
    ]
    bos = {
        "hostname": state.settings.hostname,
        "uptime": state.uptime(),
        "info": {"version": {"full": state.version}},
        "checkForUpgrade": None,
    }
    miner = {"info": {"modelName": state.profile.model}}
    return {"bosminer": miner, "bos": bos, "events": {"appeals": appeals}}
