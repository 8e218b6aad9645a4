"""What an operation is: a declaration that validates itself and holds no state."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from apps.kernel.actor import Actor
from apps.kernel.permissions import is_permission
from apps.operations.outcome import Outcome, Plan

if TYPE_CHECKING:
    from apps.operations.context import Context

NAME: Final = re.compile(r"^[a-z]+(\.[a-z][a-z_]*){1,2}$")
ALIAS: Final = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")


class Danger(IntEnum):
    """How much harm a call can do; the levels are ordered."""

    READ = 0
    CHANGE = 1
    DISRUPTIVE = 2
    DESTRUCTIVE = 3


class Repeat(StrEnum):
    """What repeating a call does."""

    NATURAL = "natural"  # the same state again: repeat freely
    KEYED = "keyed"  # an idempotency key is required; the stored outcome is replayed
    NEVER = "never"  # no automatic retry


class Mode(StrEnum):
    """When the answer comes."""

    INLINE = "inline"  # now
    JOB = "job"  # a job is accepted now, and ends later


class Face(StrEnum):
    """Through which face a call came."""

    REST = "rest"
    MCP = "mcp"
    CONSOLE = "console"
    SCHEDULE = "schedule"
    ADMIN = "admin"


class Schema(BaseModel):
    """Base of inputs and outputs: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TargetRef:
    """What a call would act on: for rights, the batch threshold and the audit's object."""

    kind: str
    id: UUID
    label: str
    site_path: str = "/"
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """A stepped job's wish to be called again after `after` seconds with `state`."""

    after: float
    state: dict[str, object]


class Question(Schema):
    """What a job has to be told. Never a secret: answers lie on the row as they are."""

    message: str = Field(description="Words to ask with.")
    fields: dict[str, Any] = Field(description="JSON Schema of each field of the answer, by name.")


class Answer(Schema):
    """What somebody said: `accept` with the fields asked for, or that they will not say."""

    action: Literal["accept", "decline", "cancel"] = Field(
        description="accept with the content, or why there is none."
    )
    content: dict[str, Any] | None = Field(
        default=None, description="The fields that were asked for, by name."
    )


@dataclass(frozen=True, slots=True)
class Ask:
    """A stepped job's wish to be told something: it is called again with `ctx.answers` once
    all is answered, or with what came within `within` seconds."""

    questions: Mapping[str, Question]
    state: dict[str, object]
    within: float = 86_400.0


class DeclarationError(ValueError):
    """An operation is declared in a way that cannot be right; found at start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[In, Out]):
    """One verb of the product.

    `plan` is required from DISRUPTIVE up and gives a CHANGE its dry run. `targets` names what
    the call acts on. `settle` asks the device what is true after a lost answer (None: ask
    later); it is required of device operations from CHANGE up. `pure` marks a READ without I/O
    beyond memory. `audited` makes a READ leave evidence. `raised` is for calls that carry
    another one: it names the danger of what this input carries. `waits` marks a READ that looks at
    a `job` until it is `finished` or `timeout` seconds are over, so that a face with a way of its
    own to wait need not hold a thread for it. `reverse` gives, of an input and the output it led
    to, the fields of another input that takes it back (None: it cannot be). `brings` raises when
    what an input brings to its device (a stored image) may not be begun with now; asked to be
    `whole`, it reads all of it again. Of an `exclusive` one a device has one open job at most.
    `time_limit` is in seconds.
    """

    name: str
    summary: str
    input: type[In]
    output: type[Out]
    handler: "Callable[[Context, In], Out | Again | Ask]"
    permission: str
    danger: Danger
    repeat: Repeat
    faces: frozenset[Face]
    aliases: tuple[str, ...] = ()
    mode: Mode = Mode.INLINE
    device: bool = False
    time_limit: float = 10.0
    plan: "Callable[[Context, In], Plan] | None" = None
    targets: "Callable[[Actor, In], tuple[TargetRef, ...]] | None" = None
    settle: "Callable[[Context, In, UUID], Outcome | None] | None" = None
    raised: "Callable[[Actor, In], Danger] | None" = None
    reverse: "Callable[[Actor, In, Mapping[str, Any]], Mapping[str, Any] | None] | None" = None
    brings: "Callable[[UUID, In, bool], None] | None" = None
    pure: bool = False
    audited: bool = False
    exclusive: bool = False
    waits: bool = False

    def __post_init__(self) -> None:
        for wrong in self._contradictions():
            raise DeclarationError(f"{self.name}: {wrong}")

    def _contradictions(self) -> list[str]:
        reads = self.danger is Danger.READ
        rules = {
            "a name is app.noun.verb, or app.verb": not NAME.match(self.name),
            "an alias has 1-100 of A-Z a-z 0-9 _ . -": not all(map(ALIAS.match, self.aliases)),
            "the summary is one sentence with its full stop": not self.summary.endswith("."),
            "the permission is <app>.<level>": not is_permission(self.permission),
            "an operation without a face cannot be reached": not self.faces,
            "a DISRUPTIVE operation needs plan()": self.danger >= Danger.DISRUPTIVE
            and self.plan is None,
            "an operation that raises its danger needs plan()": self.raised is not None
            and self.plan is None,
            "a device operation that changes needs settle()": self.device
            and not reads
            and self.settle is None,
            "only a job on a device can be exclusive": self.exclusive
            and not (self.device and self.mode is Mode.JOB),
            "a job cannot be a READ": self.mode is Mode.JOB and reads,
            "only a READ can be pure": self.pure and not reads,
            "a pure READ touches no device and has no targets": self.pure
            and (self.device or self.targets is not None),
            "only a READ of a job with a timeout waits": self.waits
            and not (reads and {"job", "timeout"} <= self.input.model_fields.keys()),
            "inputs forbid unknown fields": self.input.model_config.get("extra") != "forbid",
        }
        return [rule for rule, broken in rules.items() if broken]

    @property
    def changes(self) -> bool:
        """Whether a call can change anything."""
        return self.danger > Danger.READ

    @property
    def app(self) -> str:
        """The app the operation belongs to."""
        return self.name.partition(".")[0]

    @property
    def weight(self) -> int:
        """Rate-limit tokens a call costs."""
        return weight_of(self.danger)

    def danger_for(self, actor: Actor, data: In) -> Danger:
        """The danger of one call: the declared one, or that of what it carries."""
        return self.danger if self.raised is None else max(self.danger, self.raised(actor, data))


def weight_of(danger: Danger) -> int:
    """Rate-limit tokens that a call of this danger costs."""
    return {Danger.READ: 1, Danger.CHANGE: 2}.get(danger, 5)


AnyOperation = Operation[BaseModel, BaseModel]
