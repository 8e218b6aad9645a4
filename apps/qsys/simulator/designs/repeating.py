"""Names that stand for many: `Zone {1..12}` by a range, `Zone {n}` by a count."""

from __future__ import annotations

import itertools
import math
import re
from typing import Final

LONGEST_NAME: Final = 200
_RANGE: Final = re.compile(r"\{(\d{1,6})\.\.(\d{1,6})\}")
_NUMBER: Final = "{n}"


def stands_for(name: str, count: int) -> int:
    """How many names it stands for; raises ValueError when they could not differ."""
    if count > 1 and _NUMBER not in name:
        raise ValueError(f"count is {count}, so the name needs {{n}}, as in '{name} {{n}}'")
    spans = [(int(low), int(high)) for low, high in _RANGE.findall(name)]
    if any(low > high for low, high in spans):
        raise ValueError("a range runs from the smaller to the larger number, as in {1..12}")
    return count * math.prod(high - low + 1 for low, high in spans)


def expanded(name: str, count: int) -> list[str]:
    """The names: `{n}` runs from 1 to `count`, each range on its own; `{01..12}` keeps its zeros.

    Raises ValueError for a name that is longer than LONGEST_NAME.
    """
    numbered = [name.replace(_NUMBER, str(n)) for n in range(1, count + 1)]
    names = [one for each in numbered for one in _ranges(each)]
    if max(map(len, names)) > LONGEST_NAME:
        raise ValueError(f"a name has at most {LONGEST_NAME} characters")
    return names


def _ranges(name: str) -> list[str]:
    parts = _RANGE.split(name)
    fixed, lows, highs = parts[::3], parts[1::3], parts[2::3]
    spans = [
        [str(n).zfill(len(low)) for n in range(int(low), int(high) + 1)]
        for low, high in zip(lows, highs, strict=True)
    ]
    return [
        fixed[0] + "".join(a + b for a, b in zip(chosen, fixed[1:], strict=True))
        for chosen in itertools.product(*spans)
    ]
