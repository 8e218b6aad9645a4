"""Names that a Core does not know: which field of the call it was, and what was probably meant.

What the poller has read of the running design is looked through first; only a Core of which
nothing is known yet is asked once more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.errors import Failure, FieldError, nearest
from apps.operations.context import Context
from apps.qsys.driver import CoreSession
from apps.qsys.errors import EXPOSED_ONLY, UnknownName
from apps.qsys.selectors import names as stored

#: Names that an answer shows, and the longest that is worth showing: they are the Core's words.
SHOWN_MOST: Final = 20
LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a call: in which field, of a component, or of a control in one.

    Without a component it is a named control; a `bank` is looked for among snapshot banks.
    """

    field: str
    component: str | None
    control: str | None = None
    bank: bool = False

    @property
    def path(self) -> tuple[str, str]:
        """As the dictionary of controls has it."""
        return self.component or "", self.control or ""

    @property
    def word(self) -> str:
        """What the caller wrote."""
        return self.control if self.control is not None else self.component or ""


def path(component: str | None, control: str, *, at: str = "") -> list[Named]:
    """The names of one control, where they stand in the call's input."""
    owner = [Named(f"{at}component", component)] if component is not None else []
    return [*owner, Named(f"{at}control", component, control)]


@contextmanager
def naming(device: Device, ctx: Context, names: Sequence[Named]) -> Iterator[None]:
    """Have a call that names what the Core does not know refused with the field and a guess."""
    try:
        yield
    except UnknownName as unknown:
        wrong = _culprit(device, unknown, names)
        if wrong is None:
            raise
        raise _told(wrong, _known(device, ctx, wrong)) from unknown


def _culprit(device: Device, unknown: UnknownName, names: Sequence[Named]) -> Named | None:
    """The name the Core means: one that its design has not; if need be, one that it quotes.

    None where it may be a name that nobody wrote, such as one left over from an older design.
    """
    asked = [one for one in names if (one.control is None) == (unknown.what == "component")]
    there = stored.present(device, {one.path for one in asked})
    strange = [one for one in asked if one.path not in there]
    quoted = [one for one in strange or asked if one.word in unknown.words]
    if quoted:
        return quoted[0]
    return strange[0] if len(strange) == 1 or (strange and stored.is_read(device)) else None


def _stored(device: Device, name: Named) -> list[str]:
    if name.control is not None:
        return stored.control_names(device, name.component, name.word)
    if name.bank:
        return stored.bank_names(device)
    return stored.component_names(device, name.word)


def _known(device: Device, ctx: Context, name: Named) -> list[str]:
    """Names that would have been right, as far as anybody knows."""
    known = _stored(device, name) or _asked(device, ctx, name)
    return [one for one in known if len(one) <= LONGEST and one != name.word]


def _asked(device: Device, ctx: Context, name: Named) -> list[str]:
    """The same from the Core, for one that no poller has read; named controls it cannot list."""
    if name.control is not None and name.component is None:
        return []

    async def ask(session: CoreSession) -> list[str]:
        if name.control is not None and name.component is not None:
            return [one.name for one in await session.qrc.controls(name.component)]
        return [one.name for one in await session.qrc.components()]

    try:
        return sorted(sessions.call(device, ask, ctx))
    except Failure:
        return []  # A guess is a courtesy: the verdict stands without it.


def _told(name: Named, known: Sequence[str]) -> UnknownName:
    what, where = "component", " that this Core exposes"
    if name.control is not None:
        what = "control" if name.component is not None else "named control"
        where = f" of {name.component[:LONGEST]!r}" if name.component is not None else where
    elif name.bank:
        what = "snapshot bank"
    guess = nearest(name.word, known)
    meant = f" Did you mean {guess!r}?" if guess else ""
    message = f"{name.word[:LONGEST]!r} is no {what}{where}.{meant}"
    hint = "" if guess or name.control is not None else f" {EXPOSED_ONLY}"
    return UnknownName(
        "control" if name.control is not None else "component",
        f"{name.field}: {message}{hint}",
        errors=[FieldError(name.field, message, _shown(known, guess))],
    )


def _shown(known: Sequence[str], guess: str | None) -> str | None:
    """What there is, the guess first; of many the first ones."""
    rest = [one for one in known if one != guess]
    shown = ([guess] if guess else []) + rest
    more = f" and {len(shown) - SHOWN_MOST} more" if len(shown) > SHOWN_MOST else ""
    return ", ".join(shown[:SHOWN_MOST]) + more or None
