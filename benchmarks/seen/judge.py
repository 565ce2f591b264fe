"""What a shown cell says under the contract's reading rules, in plain Python and Decimal.

Written anew from docs/submissions-contract.md and the contracts' JSON: what the reading code has wrong is not repeated.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.seen.model import is_amount

CENT = Decimal("0.01")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
DASHES = re.compile("[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]")
ERROR = re.compile(r"(?i)#(N/?[AD]|[A-ZÀ-Ý_]+(/0)?\s?[!?])|Err\s?:\s?\d+")
TOTAL = re.compile(r"(?i)(sous[- ]?)?(total|totaux)\b(?![-_/]?\d)|grand total|ensemble\b|cumul\b|somme\b|Σ")
# How formats show zero. What hides another number hides it from whoever reads 0 as well.
ZERO = re.compile(r"(?i)|[-–—]\s*€?|néant")
UNITS = {1: r"€|eur|euros?", 1_000: r"k€|keur|milliers? d['’]euros?", 1_000_000: r"m€|meur|millions? d['’]euros?"}
ANY_UNIT = "|".join(f"(?:{u})" for u in reversed(UNITS.values()))
# A line that says in what the amounts stand; « Fonds de 292 M€ » is an amount, not a unit.
UNIT_LINE = re.compile(rf"(?i)(?:\b(?:montants?|co[uû]ts?|chiffres|sommes|unités?)\b[^0-9]*?|^\(?en )({ANY_UNIT})\W*$")
FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
ENGLISH = "january february march april may june july august september october november december"
SHORT = "janv févr mars avr mai juin juil août sept oct nov déc"
SHORTER = "jan feb mar apr may jun jul aug sep oct nov dec"
SHORTEST = "jan fev mar avr mai juin juil aou sep oct nov dec"
DAYS = re.compile(r"^(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) ")


@dataclass(frozen=True)
class Seen:
    """A cell as shown (by a French spreadsheet), and what its looks do not tell a machine."""

    text: str
    is_text: bool = False  # typed as text, or a formula that gives text: `1,234` is what somebody wrote
    is_formatted: bool = False  # has a number format, so that its number may be shown rounded
    is_red: bool = False  # shown in red for its minus sign
    is_1904: bool = False
    is_uncomputed: bool = False  # a formula that the file has no result of; whoever opens it sees one all the same
    decimal_sign: str = ""  # what the texts of its column show to be the sign of decimals beyond doubt


@dataclass(frozen=True)
class Says:
    """What a cell says: the values that may be read of it; none where nobody can tell, and it has to be refused."""

    values: tuple[Any, ...] = ()
    within: Decimal | None = None  # what the display rounded away, at most
    through: dt.date | None = None  # any day from the first value to this one

    def admits(self, read: Any) -> bool:
        for value in self.values:
            if value is None or read is None:
                if value is read:
                    return True
            elif self.through is not None:
                if value <= read <= self.through:
                    return True
            elif self.within is not None:
                if abs(Decimal(read) - value) <= self.within:
                    return True
            elif type(value) is str:
                if value == canonical(str(read)):
                    return True
            elif value == read:
                return True
        return False

    def __str__(self) -> str:
        said = " or ".join("empty" if v is None else str(v) for v in self.values) or "a refusal: nobody can tell"
        return said + (f" to {self.through}" if self.through else f" ± {self.within}" if self.within else "")


NOBODY = Says()


def clean(text: str) -> str:
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("−", "-").split())


def folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def canonical(text: str) -> str:
    """The one form of a key: compatibility forms, dashes, blanks, invisible signs and case do not count."""
    plain = DASHES.sub("-", unicodedata.normalize("NFKC", INVISIBLE.sub("", text)))
    return "".join(plain.split()).casefold()


def factor(word: str) -> int | None:
    return next((f for f, unit in UNITS.items() if re.fullmatch(unit, word.strip().casefold())), None)


def header_unit(header: str) -> int | None:
    """The factor that a header states: `Coût (k€)`, `Montant (en milliers d'euros)`, `Coût en M€`."""
    found = re.search(rf"(?i)(?:[(\[,]|\ben\s)\s*(?:en\s)?({ANY_UNIT})\s*[)\]]?$", clean(header))
    return factor(found[1]) if found else None


def line_unit(cells: list[str]) -> int | None:
    """The factor that a line outside the table states for all its amounts."""
    for cell in map(clean, cells):
        if found := UNIT_LINE.search(cell):
            return factor(found[1])
    return None


def decimal_sign(texts: list[str]) -> str:
    """A comma where the texts of a column show that it is the sign of decimals; a point does not tell in a workbook."""
    is_sure = any(re.search(r"\d,(\d\d?|\d{4,})(?!\d)|(?<!\d)0?,\d", text) for text in texts)
    return "," if is_sure and not any(re.search(r",\d{3}[.,]", text) for text in texts) else ""


def is_unit_row(cells: list[str]) -> bool:
    """Whether a row under the header holds units only."""
    filled = [clean(c).strip("()") for c in cells if clean(c)]
    return bool(filled) and all(factor(re.sub("^en ", "", c)) for c in filled)


def is_total(cells: list[str]) -> bool:
    first = next((clean(c) for c in cells if clean(c)), "")
    return TOTAL.match(first) is not None


def says(field: dict[str, Any], seen: Seen, unit: int | None) -> Says:
    """What a cell of a column (as the contract describes it) says; `unit` is its column's factor, None if in doubt."""
    text, kind = clean(seen.text), field["type"]
    missing = {folded(m) for m in field.get("missingValues", [])}
    enum, is_required = (field.get("constraints", {}).get(word) for word in ("enum", "required"))
    if kind in ("number", "integer") and seen.is_formatted and not seen.is_text and ZERO.fullmatch(text):
        return Says((Decimal(0),) if is_required else (Decimal(0), None))
    if not text or folded(text) in missing:
        return NOBODY if is_required else Says((None,))
    is_open_text = kind == "string" and not enum
    if ERROR.fullmatch(text):
        # Refused where a number or a date is read, and where there has to be something; elsewhere it is noted.
        is_free = not is_required and kind in ("string", "boolean")
        return Says((None, canonical(text)) if is_open_text else (None,)) if is_free else NOBODY
    if is_open_text:
        said = _string(field, text)
        # As an error it is noted, and the row is read without it.
        return Says((None, *said.values)) if seen.is_uncomputed and not is_required else said
    if enum:
        codes = {canonical(e): e for e in enum}
        return Says((canonical(text),)) if canonical(text) in codes else NOBODY
    if kind == "boolean":
        yes, no = ({folded(w) for w in field[words]} for words in ("trueValues", "falseValues"))
        return Says((folded(text) in yes,)) if folded(text) in yes | no else NOBODY
    if kind == "date":
        return _date(text, seen, field.get("relance", {}).get("month") == "first-day")
    if is_amount(field):
        return _amount(field, text, seen, unit)
    return _count(field, text, seen)


def _string(field: dict[str, Any], text: str) -> Says:
    if pattern := field.get("constraints", {}).get("pattern"):
        bare = DASHES.sub("-", text)
        if field.get("relance", {}).get("key") == "identifier":
            bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", bare))
        return Says((canonical(bare),)) if re.fullmatch(pattern, bare) else NOBODY
    same: tuple[Any, ...] = (canonical(text),)
    if re.fullmatch(r"-?[1-9]\d*,\d+", text):
        number = text.replace(",", ".")
        same += (number, number.rstrip("0").rstrip("."))  # 3,00 and 3
    day = _date(text, Seen(text), False)  # a date in a text column may be kept as ISO
    return Says(same + tuple(v.isoformat() for v in day.values if day.through is None))


def _number(text: str, seen: Seen) -> tuple[Decimal, Decimal, str] | None:
    """The number, half a unit of its last digit, and the word beside it; None where it is no number."""
    found = re.fullmatch(r"(\()?\s?([-+])?\s?([^\d\s(),.+-]*)\s?([-+])?\s?([\d .,']*\d(?:E[+-]\d+)?)\s?([^\d()]*?)\s?(\))?", text)  # fmt: skip # noqa: E501
    if not found or (found[1] is None) != (found[7] is None) or (found[3] and found[6]):
        return None
    core = found[5].strip()
    if seen.is_text:
        # 1 234,56   1.234,56   1,234.56   1234,56   ,5
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", core):
            core = core.replace(".", "").replace(",", ".")
        elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", core):
            core = core.replace(",", "")
        elif re.fullmatch(r"(\d{1,3}( \d{3})+|\d*)([.,]\d+)?", core):
            core = core.replace(" ", "").replace(",", ".")
        else:
            return None
    else:
        core = core.replace(" ", "").replace(",", ".")
    try:
        number = Decimal(core)
    except ArithmeticError:
        return None
    half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
    if found[1] or "-" in (found[2], found[4]) or (seen.is_red and number > 0):
        number = -number
    return number, half, (found[3] or found[6]).strip()


def _amount(field: dict[str, Any], text: str, seen: Seen, unit: int | None) -> Says:
    if text.startswith("<") and field["name"] == "planned_cost_eur":
        return Says((None,))  # a bracket, not an amount
    if (parsed := _number(text, seen)) is None:
        return NOBODY
    number, half, word = parsed
    times = factor(word) if word else unit
    three = re.search(r"(?<![\d.,])[1-9]\d{0,2}([.,])\d{3}(?![\d.,])", text) if seen.is_text else None
    is_ambiguous = three is not None and not re.search(r"\d \d", text)
    # In thousands or millions of euros the other texts of the column may tell; in euros nothing does.
    if times is None or (three and is_ambiguous and (times == 1 or three[1] != seen.decimal_sign)):
        return NOBODY
    value = (number * times).quantize(CENT, ROUND_HALF_UP)
    if value < Decimal(field.get("constraints", {}).get("minimum", "-Infinity")):
        return NOBODY
    is_exact = seen.is_text or not seen.is_formatted
    return Says((value,), None if is_exact else half * times + CENT / 2)


def _count(field: dict[str, Any], text: str, seen: Seen) -> Says:
    """A number of years, of months, or of things."""
    if (parsed := _number(text, seen)) is None:
        return NOBODY
    number, half, word = parsed
    own = "mois" if "months" in field["name"] else "an" if "years" in field["name"] else ""
    said = {"an": "an", "ans": "an", "année": "an", "années": "an", "année(s)": "an", "mois": "mois"}.get(word)
    if word and (not own or said is None):
        return NOBODY
    times = Decimal(1)
    if word and said != own:
        times = Decimal(12) if own == "mois" else 1 / Decimal(12)
    value = number * times
    if field["type"] == "integer" and value != int(value):
        return NOBODY
    is_exact = (seen.is_text or not seen.is_formatted) and times >= 1
    return Says((value,), Decimal("1e-9") if is_exact else half * times + Decimal("1e-9"))


def _month(word: str) -> int | None:
    word = folded(word).rstrip(".")
    for names in (FRENCH, ENGLISH, SHORT, SHORTER, SHORTEST):
        if word in (found := folded(names).split()):
            return found.index(word) + 1
    return None


def _date(text: str, seen: Seen, reads_months: bool) -> Says:
    text = DAYS.sub("", text)
    shows_a_date = seen.is_formatted and not seen.is_text  # then the cell has a day, whatever is shown of it
    try:
        if found := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]\d\d?:\d\d.*)?", text):
            if re.search(r"T.*(Z|[+-]\d\d:?\d\d)$", text) or re.search(r" \d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$", text):
                instant = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
                return Says((instant.astimezone(ZoneInfo("Europe/Paris")).date(),))
            return Says((dt.date(int(found[1]), int(found[2]), int(found[3])),))
        if found := re.fullmatch(r"(\d\d?)[/.-](\d\d?)[/.-](\d{4}|\d\d)(?: (?:à )?\d\d?[:h]\d\d.*)?", text):
            return Says((dt.date(_year(found[3]), int(found[2]), int(found[1])),))
        if found := re.fullmatch(r"(\d\d?)(?:er)?[ -]([^\W\d]+\.?)[ -](\d{4}|\d\d)", text):
            month = _month(found[2])
            return Says((dt.date(_year(found[3]), month, int(found[1])),)) if month else NOBODY
        if found := re.fullmatch(r"([^\W\d]+)\.?[ -]{1,2}(\d{4}|\d\d)", text):
            month = _month(found[1])
            if month is None or not (reads_months or shows_a_date):
                return NOBODY
            year = _year(found[2])
            first, last = dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
            return Says((first,), through=last if shows_a_date else None)
        if reads_months and (found := re.fullmatch(r"(\d\d?)[/.-](\d{4})|(\d{4})[/-](\d\d?)", text)):
            return Says((dt.date(int(found[2] or found[3]), int(found[1] or found[4]), 1),))
        if shows_a_date and (found := re.fullmatch(r"(?:19|20)\d\d", text)):
            return Says((dt.date(int(text), 1, 1),), through=dt.date(int(text), 12, 31))
        if found := re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", text):
            return Says((dt.date(int(found[1]), int(found[2]), int(found[3])),))
        if found := re.fullmatch(r"([1-9]\d{4})(?:,\d+)?", text.replace(" ", "")):
            # A date without its format: days since the workbook's own beginning.
            if seen.is_text and seen.is_1904:
                return NOBODY
            day = dt.timedelta(int(found[1])) + (dt.date(1904, 1, 1) if seen.is_1904 else dt.date(1899, 12, 30))
            # An afternoon under a format without decimals is shown as the day after.
            return Says((day - dt.timedelta(1),), through=day) if shows_a_date else Says((day,))
    except ValueError:
        return NOBODY
    return NOBODY


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else int(text) + (1900 if int(text) >= 90 else 2000)
