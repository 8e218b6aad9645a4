"""Phases as a form holds them: a row of texts each, and the rules that they stand for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from apps.console.fields import FormField
from apps.console.forms import literal, spoken
from apps.fleet.rollouts.rules import USUAL, Bad, PhaseRules
from apps.fleet.rollouts.services import usual
from apps.kernel.errors import Failure

MOST: Final = 20
#: From so many devices on a tenth comes between the canary and the rest.
MANY: Final = 20
TENTH: Final = PhaseRules(
    name="tenth",
    percent=10,
    concurrency=10,
    soak_seconds=300,
    success_percent=95,
    abort=USUAL[1].abort,
)
NUMBER: Final = ("integer",)
#: Field of the form, its label, hint and options; those of a rule stand beside each other.
COLUMNS: Final[tuple[FormField, ...]] = (
    FormField("name", "Name", "text", True, attributes={"maxlength": 60}),
    FormField(
        "takes",
        "Takes",
        "choice",
        True,
        options=(
            ("size", "a number of devices"),
            ("percent", "a share, in %"),
            ("rest", "the rest"),
        ),
    ),
    FormField("amount", "How many, or %", "number", False, "Empty for the rest.", types=NUMBER),
    FormField("concurrency", "At once", "number", True, "Under way at one time.", types=NUMBER),
    FormField("starts_per_minute", "Starts a minute", "number", True, types=NUMBER),
    FormField("per_place", "At once in a rack", "number", False, "Empty: no limit.", types=NUMBER),
    FormField(
        "per_circuit", "At once on a circuit", "number", False, "Empty: no limit.", types=NUMBER
    ),
    FormField(
        "soak_seconds", "Watch for, seconds", "number", True, "After the last.", types=NUMBER
    ),
    FormField(
        "gate",
        "Then",
        "choice",
        True,
        options=(("manual", "a person decides"), ("auto", "go on by itself")),
    ),
    FormField("success_percent", "Must succeed, %", "number", True, types=NUMBER),
    FormField("count", "Stop at bad ends", "number", False, "Empty: no limit.", types=NUMBER),
    FormField("percent", "Stop above % bad", "number", False, "Empty: no limit.", types=NUMBER),
    FormField("min_sample", "Once so many done", "number", False, types=NUMBER),
    FormField(
        "what",
        "Bad means",
        "choice",
        True,
        options=tuple((one.value, one.value.replace("_", " ")) for one in Bad),
    ),
)
RULE: Final = ("count", "percent", "min_sample")


@dataclass(frozen=True, slots=True)
class Row:
    """One phase in the form: what each field holds, and what is wrong with them."""

    number: int
    texts: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[FormField]:
        """To be drawn; their names carry the phase's number."""
        return [
            replace(one, name=f"{self.number}.{one.name}").filled(
                self.texts.get(one.name, ""), self.wrong.get(one.name, "")
            )
            for one in COLUMNS
        ]

    @property
    def title(self) -> str:
        """What its heading says."""
        return self.texts.get("name") or f"phase {self.number + 1}"

    @property
    def problem(self) -> str:
        """What is wrong with it as a whole."""
        return self.wrong.get("", "")


def usual_rows(count: int) -> list[Row]:
    """The phases offered for so many devices."""
    rules = list(usual(count))
    if count >= MANY:
        rules.insert(1, TENTH)
    if count == 1:
        rules = [PhaseRules(name="all")]
    return [Row(number, texts_of(one)) for number, one in enumerate(rules)]


def one_more(rows: list[Row]) -> list[Row]:
    """The same with another phase before the last."""
    if not rows or len(rows) >= MOST:
        return rows
    new = {**texts_of(TENTH), "name": f"phase {len(rows)}"}
    return numbered([*(one.texts for one in rows[:-1]), new, rows[-1].texts])


def one_less(rows: list[Row], number: int) -> list[Row]:
    """The same without one; the last one left stays."""
    kept = [one.texts for one in rows if one.number != number]
    return numbered(kept) if kept else rows


def numbered(texts: Iterable[dict[str, str]]) -> list[Row]:
    """Rows in this order."""
    return [Row(number, one) for number, one in enumerate(texts)]


def texts_of(rules: PhaseRules) -> dict[str, str]:
    """What the form shows of a phase's rules."""
    plain = rules.model_dump(mode="json")
    texts = {one.name: _text(plain.get(one.name)) for one in COLUMNS}
    if rules.size is not None:
        texts |= {"takes": "size", "amount": str(rules.size)}
    elif rules.percent is not None:
        texts |= {"takes": "percent", "amount": str(rules.percent)}
    else:
        texts |= {"takes": "rest", "amount": ""}
    counts = [one.count for one in rules.abort if one.count is not None]
    shares = [one for one in rules.abort if one.percent is not None]
    texts["what"] = rules.abort[0].what.value if rules.abort else Bad.ANY.value
    texts["count"] = _text(counts[0] if counts else None)
    texts["percent"] = _text(shares[0].percent if shares else None)
    texts["min_sample"] = _text(shares[0].min_sample if shares else None)
    return texts


def rows_of(post: Mapping[str, str]) -> list[Row]:
    """The phases as somebody sent them."""
    rows = []
    for number in range(MOST):
        if f"in.{number}.name" not in post:
            break
        names = (one.name for one in COLUMNS)
        texts = {name: post.get(f"in.{number}.{name}", "").strip()[:100] for name in names}
        rows.append(Row(number, texts))
    return rows


def raw_phases(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rules they stand for, as the operation reads them: it alone says what is wrong."""
    return [raw_phase(one.texts) for one in rows]


def raw_phase(texts: Mapping[str, str]) -> dict[str, Any]:
    """One phase."""
    values = {
        one.name: literal(texts[one.name], one.types) for one in COLUMNS if texts.get(one.name)
    }
    takes, amount = values.pop("takes", "rest"), values.pop("amount", None)
    what = values.pop("what", Bad.ANY.value)
    rule = {name: values.pop(name) for name in RULE if name in values}
    abort = []
    if "count" in rule:
        abort.append({"what": what, "count": rule["count"]})
    if "percent" in rule:
        abort.append({"what": what, **{name: rule[name] for name in RULE[1:] if name in rule}})
    size = {} if takes == "rest" else {takes: "" if amount is None else amount}
    return {**values, **size, "abort": abort}


def with_errors(rows: list[Row], failure: Failure) -> list[Row]:
    """The rows with what is wrong beside each field; errors name fields as rules do."""
    wrong: dict[int, dict[str, str]] = {}
    for error in failure.errors:
        first, _, rest = error.path.partition(".")
        number, _, name = rest.partition(".")
        if first == "phases" and number.isdigit():
            found = _field_of(rows, int(number), name)
            wrong.setdefault(int(number), {})[found] = spoken(error)
    return [replace(one, wrong=wrong.get(one.number, {})) for one in rows]


def _field_of(rows: list[Row], number: int, name: str) -> str:
    """Which field of the form an error's path means; empty for the whole phase."""
    last = name.rpartition(".")[2]
    known = {one.name for one in COLUMNS}
    in_rule = name.startswith("abort")
    if not in_rule and last in ("size", "percent"):
        return "amount"
    return last if last in known else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)
