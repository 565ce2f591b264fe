"""What a number format makes a cell look like: the unit it shows beside the number, its scale, what it hides.

The language is that of `numFmt` (ECMA-376 part 1, 18.8.31), which XLS has too; those of an ODS are written in it first.
A number is given whole, however few of its digits are shown: the format says what it means, not how exact it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial

from relance.parsing.workbook_reader import float_text

# Formats that stand in no file; the other built-in ones change nothing, or show the reader's own currency.
BUILT_IN = {
    9: "0%", 10: "0.00%", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip
_MAX_CODE = 1_000  # a spreadsheet admits 255 characters
HIDDEN = "(masqué par son format)"
_IDLE = {"date": "literal", "slash": "literal", "exponent": "literal"}
_SHOW_ZERO = (("digit", "0"), ("general", ""), ("text", "@"))
_TIMES = "\u00d7"
_TOKEN = re.compile(
    r"""(?P<end>;)|"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|[_*].
    |(?P<general>general|standard)|(?P<exponent>e[+-])|(?P<currency>[km]€)|(?P<date>s+\.0+|am/pm|a/p|[ymdhs]+)
    |(?P<digit>[0\#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<slash>/)|(?P<text>@)|(?P<literal>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CURRENCY = re.compile(r"[kKmM]?[€$£¥]|[A-Z]{3}")
_MINUS = re.compile(r"^[-−]|(?<=[€$£¥])\s*[-−]$")
_BLANKS = " \u00a0\u2007\u2009\u202f'’"
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, "=": float.__eq__, "<>": float.__ne__,
}  # fmt: skip


@dataclass(eq=False)
class _Section:
    """One of the forms of a format: its tokens (kind and text), and the numbers that it is for, where it says so."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, float] | None = None

    def holds(self, value: float) -> bool:
        return self.condition is None or _COMPARED[self.condition[0]](value, self.condition[1])

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.tokens]

    @property
    def is_date(self) -> bool:
        return "date" in self.kinds and not {"digit", "general"} & set(self.kinds)

    @property
    def is_time(self) -> bool:
        """Whether it shows hours, minutes or seconds, and no day."""
        signs = "".join(text for kind, text in self.tokens if kind == "date").lower()
        return self.is_date and not set("yd") & set(signs) and bool(set("hs[") & set(signs))

    def cut(self) -> tuple[str, list[tuple[str, str]], str]:
        """The text before the digits, all from the first digit to the last, the text after them."""
        digits = [i for i, kind in enumerate(self.kinds) if kind in ("digit", "general", "text")]
        first, last = (digits[0], digits[-1] + 1) if digits else (len(self.tokens), len(self.tokens))
        return _literal(self.tokens[:first]), self.tokens[first:last], _literal(self.tokens[last:])


_GENERAL = _Section([("general", "")])


@dataclass(frozen=True)
class NumberFormat:
    """A format that shows something else than the bare number or text."""

    sections: tuple[_Section, ...]

    def shown(self, value: float) -> str | None:
        """What a person sees of the number, with all its digits; `None` where that is the number itself."""
        section, is_absolute = self._section_of(value)
        return _writer(section, is_absolute, (value > 0) - (value < 0))(value)

    def around(self) -> tuple[str, str] | None:
        """What is shown before and after a text; `None` where that is nothing."""
        section = self.sections[3] if len(self.sections) > 3 else self.sections[-1]
        if "text" not in section.kinds:
            is_hidden = len(self.sections) > 3 and not _literal(section.tokens).strip()
            return ("", f" {HIDDEN}") if is_hidden else None
        before, _, after = section.cut()
        return (before, after) if before.strip(_BLANKS) or after.strip(_BLANKS) else None

    def _section_of(self, value: float) -> tuple[_Section, bool]:
        """The form for this number, and whether it shows the number without its sign."""
        forms = [s for s in self.sections[:3] if "text" not in s.kinds] or [_GENERAL]
        first, second = forms[0], forms[min(1, len(forms) - 1)]
        if first.condition or second.condition:
            chosen = next((form for form in (first, second) if form.condition and form.holds(value)), None)
            if chosen is None:
                # With one condition, the other form is for all other numbers.
                chosen = forms[2] if len(forms) > 2 else first if first.condition is None else second
            # Programs differ in whether they show its sign: only one that the form writes itself is sure.
            return chosen, value < 0 and chosen is not first
        if len(forms) == 1 or value > 0:
            return first, False
        return (second, True) if value < 0 else (forms[2] if len(forms) > 2 else first, False)


@lru_cache(maxsize=10_000)
def number_format(code: str) -> NumberFormat | None:
    """The format that is written so; `None` where it changes nothing of what the cells mean."""
    sections = [_Section()]
    for match in _TOKEN.finditer(code[:_MAX_CODE]):
        kind, text = match.lastgroup, match[match.lastgroup] if match.lastgroup else ""
        if kind == "end":
            sections.append(_Section())
        elif kind == "bracket":
            _read_bracket(text, sections[-1])
        elif kind is not None:
            kind = "literal" if kind in ("quoted", "escaped", "currency") else kind
            sections[-1].tokens.append((kind, "" if kind == "general" else text))
    if len(sections) == 1 and not sections[0].tokens:
        return None
    found = NumberFormat(tuple(sections))
    for section in sections:
        _as_plain(section)
        if not section.is_date:
            section.tokens = [(_IDLE.get(kind, kind), text) for kind, text in section.tokens]
    # Tried on numbers of each kind, and each that a condition tells apart.
    bounds = [s.condition[1] + beside for s in sections if s.condition for beside in (-1, 0, 1)]
    tried = [found.shown(value) for value in (7.0, 1234.5, -7.0, 0.0, *bounds)]
    return found if found.around() or any(shown is not None for shown in tried) else None


@lru_cache(maxsize=10_000)
def _writer(section: _Section, is_absolute: bool, sign: int) -> Callable[[float], str | None]:
    """How this form shows numbers of this sign; `is_absolute`: without their own minus."""
    if section.is_date:
        # A day is told by the reader of workbooks; of a time alone nobody sees the day, nor a number.
        return partial(_time_text, section) if section.is_time else lambda value: None
    before, within, after = section.cut()
    if not within:
        return lambda value: _without_digits(value, before.strip(_BLANKS))
    before, after, is_negative = _signed(before, after)
    is_bare = not before.strip(_BLANKS) and not after.strip(_BLANKS)
    commas = _scaling_commas(section.tokens)
    scale = 2 * section.kinds.count("percent") - 3 * commas
    if sign and (is_negative or (sign < 0 and not is_absolute)) != (sign < 0):
        return lambda value: (
            f"{float_text(value)} (affiché :"
            f" {_joined(before, _scaled(value, scale).lstrip('-'), after, '-' * is_negative)})"
        )
    if any(kind == "literal" and text.strip(_BLANKS) for kind, text in within):
        return lambda value: _among_digits(value, before, within, after)
    if not sign and is_bare and not is_negative and not any(part in within for part in _SHOW_ZERO):
        return lambda value: ""
    width = _least_digits(within)
    if is_bare and width > 1 and not commas:
        return lambda value: text.zfill(width) if (text := _scaled(value, scale)).isdigit() else None
    if is_bare:
        return lambda value: f"{_scaled(value, scale)} {_TIMES}{1000**commas}" if commas else None
    start, end = _joined(before, "\0", after, "-" * (sign < 0)).split("\0")
    return lambda value: f"{start}{_scaled(abs(value), scale).zfill(width)}{end}"


def _scaled(value: float, scale: int) -> str:
    """The number times this power of ten, never with three decimals alone: as a text those could be thousands."""
    return plain_text(Decimal(float_text(value)).scaleb(scale)) if scale else float_text(value)


def plain_text(number: Decimal) -> str:
    """Without needless zeros, but never with three decimals alone: as a text those could be thousands."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _read_bracket(text: str, section: _Section) -> None:
    if text.startswith("$"):
        section.tokens.append(("literal", text[1:].partition("-")[0]))
    elif condition := _CONDITION.fullmatch(text.strip()):
        section.condition = condition[1], float(condition[2])
    elif _ELAPSED.fullmatch(text):
        section.tokens.append(("date", f"[{text}]"))
    # What is left are colours, and signs of other scripts.


def _as_plain(section: _Section) -> None:
    """`0.0E+00` and `# ?/8` write a number in another way: what stands for it there is made one sign."""
    for kind, goes_on in (("exponent", ("digit",)), ("slash", ("digit", "literal"))):
        if kind not in section.kinds:
            continue
        start = section.kinds.index(kind)
        if not start or section.kinds[start - 1] != "digit":
            continue
        end = start + 1
        while end < len(section.tokens) and section.kinds[end] in goes_on and section.tokens[end][1] in "0123456789#?":
            end += 1
        section.tokens[start - 1 : end] = [("general", "")]


def _literal(tokens: list[tuple[str, str]]) -> str:
    return "".join(text for kind, text in tokens if kind in ("literal", "percent"))


def _scaling_commas(tokens: list[tuple[str, str]]) -> int:
    """Commas behind a digit and before none: each divides by a thousand what is shown."""
    kinds = "".join({"digit": "0", "comma": ","}.get(kind, "-") for kind, _ in tokens)
    return sum(len(run) for run in re.findall(r"(?<=0)(,+)(?!0|,)", kinds))


def _least_digits(within: list[tuple[str, str]]) -> int:
    """How many digits are shown at least before the decimal point."""
    whole = within[: next((i for i, (kind, _) in enumerate(within) if kind == "point"), len(within))]
    if ("comma", ",") in whole:
        return 1  # groups of digits: an amount, whose zeros mean nothing
    digits = [text for kind, text in whole if kind == "digit"]
    return len(digits) - digits.index("0") if "0" in digits else 0


def _among_digits(value: float, before: str, within: list[tuple[str, str]], after: str) -> str:
    """A whole number with the signs that stand among its digits; where they look like a decimal sign, that is said."""
    digits, seen = list(str(round(abs(value))).zfill(_least_digits(within))), ""
    for kind, text in reversed(within):
        if kind == "digit":
            seen = (digits.pop() if digits else "") + seen
        elif kind == "literal" and text.strip(_BLANKS):
            seen = text + seen
    seen = f"{'-' * (value < 0)}{before}{''.join(digits)}{seen}{after}".strip(_BLANKS)
    is_sure = float_text(value).isdigit() and not re.search(r"[.,]", seen) and ("point", ".") not in within
    return seen if is_sure else f"{float_text(value)} (affiché : {seen})"


def _signed(before: str, after: str) -> tuple[str, str, bool]:
    """The texts around the digits without minus or brackets; whether they had any."""
    if "(" in before and ")" in after and before.count("(") > before.count(")"):
        return before.replace("(", "", 1), after[::-1].replace(")", "", 1)[::-1], True
    bare = before.strip(_BLANKS)
    if _MINUS.search(bare):
        return _MINUS.sub("", bare), after, True
    if after.strip(_BLANKS) in ("-", "−"):
        return before, "", True
    return before, after, False


def _time_text(section: _Section, value: float) -> str:
    """`14:30`, `36:00` of `[h]:mm`: what a form without a day shows of a number of days."""
    seconds = round(Decimal(float_text(abs(value))) * 86_400)
    hours, minutes = seconds // 3_600, seconds // 60
    has_half_days = any("/" in text for kind, text in section.tokens if kind == "date")
    of_day = (hours % 24 + 11) % 12 + 1 if has_half_days else hours % 24
    parts = {"h": of_day, "m": minutes % 60, "s": seconds % 60, "[h": hours, "[m": minutes, "[s": seconds}
    seen = "-" * (value < 0)
    for kind, text in section.tokens:
        if kind == "date" and "/" in text:
            seen += ("AM", "PM")[hours % 24 >= 12]
        elif kind == "date":
            for run in re.finditer(r"(\[?)(([hms])\3*)", text.lower()):
                seen += str(parts[run[1] + run[3]]).zfill(len(run[2]))
        elif kind in ("literal", "comma", "point"):
            seen += text
    return " ".join(seen.split())


def _without_digits(value: float, seen: str) -> str:
    """A form that shows a text instead of the number: a zero may be left out or a dash, what is lost is said."""
    if not value:
        return "0" if seen in ("-", "−", "–") else seen
    if not seen:
        return f"{float_text(value)} {HIDDEN}"
    return seen if any(c.isalnum() for c in seen) else f"{float_text(value)} (affiché : {seen})"


def _joined(before: str, number: str, after: str, minus: str = "") -> str:
    """The number with what stands around it; a currency before it is written behind, as in French."""
    unit, behind = before.strip(_BLANKS), " ".join(after.split()).strip(_BLANKS)
    if not unit:
        return f"{minus}{number} {behind}".strip()
    if not behind and _CURRENCY.fullmatch(unit):
        return f"{minus}{number} {unit}"
    return f"{minus}{before}{number}{after}".strip(_BLANKS)
