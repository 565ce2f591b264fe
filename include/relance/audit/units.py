"""Units of the controls: each figure is an integer while it is compared, and shown in its natural unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from relance import french


@dataclass(frozen=True)
class Unit:
    """`per_natural` integer units make one natural unit; `show(value, decimals, signed)` is the French text.

    `decimals` of the natural figure are what a reader is shown where they tell two figures apart.
    """

    name: str
    per_natural: int
    decimals: int
    show: Callable[[Decimal, int | None, bool], str]

    def natural(self, value: int) -> Decimal:
        """Cents as euros, millionths as ratios, years or points."""
        return Decimal(value) / self.per_natural

    def integer(self, natural: str) -> int:
        """A figure of the register in integer units. Raises `ValueError` if it is no whole number of them."""
        exact = Decimal(natural) * self.per_natural
        if exact != exact.to_integral_value():
            raise ValueError(f"{natural} {self.name} is finer than what is compared (1/{self.per_natural})")
        return int(exact)

    def text(self, value: int, *, signed: bool = False) -> str:
        """One figure for a sentence, rounded to what a reader is shown."""
        return self.show(self.natural(value), self.decimals, signed)

    def exact_text(self, value: int, *, signed: bool = False) -> str:
        """One figure with all its digits, for where rounding would hide a difference."""
        return self.show(self.natural(value), self.decimals if self.is_shown_exactly(value) else None, signed)

    def is_shown_exactly(self, value: int) -> bool:
        """Whether the rounded text still says the whole figure."""
        return value * int(10**self.decimals) % self.per_natural == 0


def _with_unit(symbol: str, *, is_noun: bool = False) -> Callable[[Decimal, int | None, bool], str]:
    def show(value: Decimal, decimals: int | None, signed: bool) -> str:
        unit = french.plural(symbol, abs(value)) if is_noun else symbol
        return f"{french.number(value, decimals, signed=signed)}{french.BEFORE_UNIT}{unit}"

    return show


def _plain(value: Decimal, decimals: int | None, signed: bool) -> str:
    return french.number(value, decimals, signed=signed)


def _percent(value: Decimal, decimals: int | None, signed: bool) -> str:
    places = None if decimals is None else decimals - 2
    return f"{french.number(value * 100, places, signed=signed)}{french.BEFORE_UNIT}%"


UNITS = {
    unit.name: unit
    for unit in (
        Unit("euro", french.CENTS, 2, _with_unit("€")),
        Unit("count", 1, 0, _plain),
        Unit("ratio", french.MILLIONTHS, 3, _percent),
        Unit("years", french.MILLIONTHS, 2, _with_unit("an", is_noun=True)),
        Unit("points", french.MILLIONTHS, 1, _with_unit("point", is_noun=True)),
    )
}
