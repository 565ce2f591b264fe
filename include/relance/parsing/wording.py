"""French wording shared by the sentences that parsing writes; which rule was broken is decided elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

NARROW_SPACE = "\u202f"
# Every blank that office software puts into a cell: no-break, figure, thin, narrow no-break, BOM, zero width.
BLANKS = " \t\r\n\v\f\u00a0\u2007\u2009\u202f\ufeff\u200b"
# The other controls of ASCII: nobody sees them, and no key has them.
CONTROLS = "".join(map(chr, [*range(0x01, 0x09), *range(0x0E, 0x20), 0x7F]))

# What stands in the table for a formula whose workbook was written by a program that did not compute it.
UNCOMPUTED = "#SANS_VALEUR!"
_SIGNS = str.maketrans({"$": " usd ", "£": " gbp ", "%": " pourcent "})


def integer(value: int) -> str:
    """`1234` as a French reader writes it: `1 234`, with narrow no-break spaces."""
    return f"{value:,}".replace(",", NARROW_SPACE)


def amount(euros: Decimal) -> str:
    """`-1 234,56`, `0,004`: an exact amount as a French reader writes it."""
    whole, _, decimals = format(euros.normalize(), "f").partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{integer(int(digits))}" + (f",{decimals:0<2}" if decimals else "")


def plural(count: int, singular: str, many: str | None = None) -> str:
    """`3 lignes`, `1 ligne`, `0 ligne`: in French zero is singular."""
    return f"{integer(count)} {singular if abs(count) < 2 else many or singular + 's'}"


def quoted(text: str, limit: int = 80) -> str:
    """The text between French quotation marks, on one line and cut to `limit` characters."""
    flat = " ".join(text.split())
    return f"« {flat if len(flat) <= limit else flat[: limit - 1] + '…'} »"


def listed(texts: Sequence[str], joint: str = "et") -> str:
    """`a, b et c`."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {joint} {texts[-1]}"


def column_letters(index: int) -> str:
    """The name a spreadsheet gives to a column; `index` starts at 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@lru_cache(maxsize=10_000)
def normal_form(text: str) -> str:
    """The form in which headers, labels and sheet names are compared.

    Case, accents, apostrophes (straight or typographic), punctuation and blanks do not count; `N°` and `Nº`
    read the same; the signs of units stay, as words (`meur`, `petitmeur`, `keur`, `eur`, `mdeur`, `usd`, `gbp`,
    `pourcent`).
    """
    text = re.sub(r"[Nn][°º]", "n ", text).replace("œ", "oe").replace("Œ", "oe")
    # `m€` is millions to some and thousands to others.
    text = re.sub(r"((?:[Mm]r?ds?|[MmKk])?)€", lambda m: f" {'petit' if m[1] == 'm' else ''}{m[1].lower()}eur ", text)
    text = text.translate(_SIGNS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^0-9a-z]+", " ", bare.casefold()).split())
