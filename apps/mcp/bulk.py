"""Answers too long for an assistant: the first part at once, the rest kept for a while in pages."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import mcp_types as types
import orjson
import redis

from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.kernel.valkey import valkey

Json = dict[str, Any]

#: Characters of an answer's structured content, and of a page of the rest.
ANSWER_MOST: Final = 40_000
PAGE_MOST: Final = 20_000
#: Seconds that the rest is kept, and characters of it.
KEPT_SECONDS: Final = 600
KEPT_MOST: Final = 8_000_000
PLACE: Final = "answers://kept"

Part = list[Any] | str


@dataclass(frozen=True, slots=True)
class Cut:
    """A field of an answer that was cut: how much is shown, and of how much."""

    field: str
    shown: int
    total: int
    next: str | None

    def body(self) -> Json:
        """As part of the answer."""
        said = {"field": self.field, "shown": self.shown, "total": self.total}
        return {**said, **({"next": self.next} if self.next else {})}

    def link(self) -> types.ResourceLink | None:
        """Where the rest is, for clients that follow links."""
        if self.next is None:
            return None
        words = f"The rest of {self.field}: {self.shown} of {self.total} are in the answer."
        return types.ResourceLink(
            uri=self.next, name=self.field, description=words, mime_type="application/json"
        )


def is_long(body: Json) -> bool:
    """Whether an answer has to be cut."""
    return size_of(body) > ANSWER_MOST


def fitted(body: Json, actor: Actor | None, permission: str) -> tuple[Json, list[Cut]]:
    """The answer within its size, and what was cut from it; lists and texts are cut, longest
    first. `permission` is asked again of whoever reads the rest."""
    over = size_of(body) - ANSWER_MOST
    if over <= 0:
        return body, []
    output = dict(body.get("output") or {})
    kept: dict[str, Part] = {}
    for field in sorted(output, key=lambda name: -size_of(output[name])):
        part = output[field]
        if over <= 0 or not isinstance(part, list | str):
            continue
        kept[field] = part
        output[field] = _first(part, 0, size_of(part) - over)
        over -= size_of(part) - size_of(output[field])
    if not kept:
        return body, []
    stored = _keep(str(body.get("call_id", "")), actor, permission, kept)
    cuts = [_cut(body, field, output[field], kept[field], stored) for field in kept]
    return {**body, "output": output, "more": [cut.body() for cut in cuts]}, cuts


def _cut(body: Json, field: str, shown: Part, whole: Part, stored: bool) -> Cut:
    address = f"{PLACE}/{body.get('call_id')}/{field}?after={len(shown)}"
    return Cut(field, len(shown), len(whole), address if stored else None)


def size_of(data: Any) -> int:
    """Bytes of the data as compact JSON."""
    return len(orjson.dumps(data, default=str))


def _first(part: Part, after: int, most: int) -> Part:
    """As much of a list or a text from `after` on as fits into `most` bytes; of a list at
    least one item, so that pages move on."""
    if isinstance(part, str):
        return _beginning(part[after : after + max(1, most)], most)
    found: list[Any] = []
    for item in part[after:]:
        most -= size_of(item) + 1
        if most < 0 and found:
            break
        found.append(item)
    return found


def _beginning(text: str, most: int) -> str:
    """As much of a text as fits; what has to be escaped takes more than its length."""
    while len(text) > 1 and (size := size_of(text)) > most:
        text = text[: max(1, len(text) * max(1, most) // size)]
    return text


def _keep(call: str, actor: Actor | None, permission: str, parts: dict[str, Part]) -> bool:
    """Put the whole fields away; whether they are there now."""
    if actor is None:
        return False
    whole = orjson.dumps({"permission": permission, "parts": parts}, default=str)
    if not call or len(whole) > KEPT_MOST:
        return False
    try:
        valkey().set(_key(actor, call), whole, ex=KEPT_SECONDS)
    except redis.RedisError:
        return False
    return True


def page(actor: Actor, call: UUID, field: str, after: int) -> Json:
    """The rest of a field from `after` on, and where it goes on from there.

    Raises `not_found` for what is not kept any more, was never, or is another's.
    """
    raw = valkey().get(_key(actor, str(call)))
    found: Json = orjson.loads(raw) if raw else {}
    part: Part | None = found.get("parts", {}).get(field)
    if part is None or not actor.may(found["permission"]):
        raise not_found("kept answer", f"{call}/{field}")
    shown = _first(part, after, PAGE_MOST)
    reached = after + len(shown)
    body: Json = {"field": field, "from": after, "total": len(part), "reported": {field: shown}}
    if reached < len(part):
        body["next"] = f"{PLACE}/{call}/{field}?after={reached}"
    return body


def _key(actor: Actor, call: str) -> str:
    return f"cp:mcp:kept:{actor.id}:{call}"
