"""DuckDB expressions that read one text as one value: amounts, numbers, dates, yes/no, codes.

Pure text in, SQL text out. No amount ever passes through a float: its digits are moved as text by the powers
of ten of its unit, and the exact number of euros is rounded to the cent, half away from zero; what that took is kept.

For each column some expressions, each computed once a row in its own projection: `cell` (what stands there,
NULL if nothing), for amounts `dotted` and `direct` (the number that its digits make if they are plain), `parts`
(numbers written otherwise than as plain digits are taken apart), `exact` (its euros, uncut), `value`, `rounding`.

SQL decides what nearly all cells need. A cell that it cannot decide (a key with unusual characters, a date in another
form) breaks the rule `closer`; where a closer look finds values, the table is typed again with `Care`: the functions of
`canonical` and `days`, and what the column itself says of its decimal sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from relance.parsing.canonical import canonical_key
from relance.parsing.contract import EXPONENTS, Column
from relance.parsing.days import read_day
from relance.parsing.wording import BLANKS, CONTROLS, UNCOMPUTED
from relance.sql import literal

# The blanks by which French programs group digits; the others are rare, and are read with the general forms.
GROUPING = (" ", "\u00a0", "\u202f")
_CORE = (
    r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?"  # 1 234,56
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"  # 1.234,56   1.234.567
    r"|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"  # 1,234.56   1,234,567
    r"|\d+(?:[.,]\d+)?|[.,]\d+"  # 1234,56   ,5
)
# A unit of time as contracts name it: how it may stand in a cell of a column in that unit.
TIMES = {"ans": ("an", "ans", "année", "années"), "mois": ("mois",)}
_TIME_WORDS = tuple(word for words in TIMES.values() for word in words)
# The sign that a workbook's reader puts before 1000 or 1000000, where a number format shows a number divided by that.
DIVIDED = "\u00d7"
_UNIT = (
    r"M€|MEUR|millions? d['’]euros|k€|KEUR|milliers? d['’]euros|€|EUR|euros?|%"
    rf"|{DIVIDED}1000(?:000)?|{'|'.join(_TIME_WORDS)}"
)
_NUMBER = rf"(?i)^(\()? ?([-+])? ?({_CORE}) ?({_UNIT})? ?(\))?$"
_BLANK = r"[\s\x{00a0}\x{202f}]?"
_ERROR_CELL = (
    rf"(?i)#(n/?[ad]|n/a .*|(nom|name){_BLANK}\?|getting_data"
    rf"|(div/0|ref|valeur|value|num|nombre|null?|spill|calc|field|blocked|connect|propagation|calcul){_BLANK}!)"
    # In any other language, and of any kind to come, they are in capitals: #ERROR!, #ÉPARS!, #¡REF!, #WERT!.
    r"|(?-i:#¡?\p{Lu}[\p{Lu}/0_]{1,13}[!?])"
    # LibreOffice's errors have a number, and the cells of sheets on the web a word while they wait for a result.
    rf"|#?err{_BLANK}:{_BLANK}\d{{3}}|(loading|chargement( en cours)?)(\.\.\.|…)"
)
# One of these is in each of them. The reader of workbooks has the same.
ERROR_SIGNS = ("#", "rr:", "rr :", "rr\u00a0:", "rr\u202f:", "...", "…")
_BLANK_CLASS = r"[\s\p{Zs}\p{Cf}]+"
# In small letters without accents, and with one space for all blanks.
_BOUND = r"(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)?"
_BOUND_UNIT = r" ?(?:m€|meur|millions?(?: d['’]euros)?|k€|keur|milliers?(?: d['’]euros)?|€|eur|euros?)"
_BRACKET = (
    rf"(?:[<>≤≥]|[<>]=|moins de|plus de|(?:inferieur|superieur)e?(?: ou egale?)? a|jusqu['’]a|au (?:moins|plus)"
    rf"|a partir de) ?{_BOUND}(?:{_BOUND_UNIT})?"
    rf"|(?:entre {_BOUND}(?:{_BOUND_UNIT})? et|(?:de )?{_BOUND}(?:{_BOUND_UNIT})? a) {_BOUND}(?:{_BOUND_UNIT})?"
    rf"|{_BOUND}(?:{_BOUND_UNIT})? ?[-–—] ?{_BOUND}{_BOUND_UNIT}"
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
# Decimals of an exact number of euros: more than the fifteen digits of a spreadsheet leave of a cent.
EXACT_DECIMALS = 18
# Texts that SQL alone makes a key of: what French keyboards write. Compatible characters, other blanks and dashes need
# Unicode's own tables.
_PLAIN_KEY = r"[ -~À-ÖØ-öø-ÿŒœŸ]*"
CLOSER, AMBIGUOUS = "closer", "ambiguous"


@dataclass(frozen=True)
class Care:
    """How a table is typed that needs a closer look.

    `signs`: for a column of amounts, the sign that is its decimal sign beyond doubt in this file.
    """

    signs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """The condition (SQL) under which a cell breaks a rule, and the rule: its name, or SQL that gives it.

    A name of `None` is that of the cell that is empty and may be: nothing more is asked of it.
    """

    name: str | None
    broken: str
    is_named: bool = True

    @property
    def name_sql(self) -> str:
        if self.name is None:
            return "CAST(NULL AS VARCHAR)"
        return literal(self.name) if self.is_named else self.name


def key_form(cell: str, blanks: str, is_careful: bool) -> str:
    """The form in which a key is compared (`canonical`); without care NULL where Unicode's own tables are needed.

    `blanks`: those that the file has within its cells, and controls.
    """
    ascii_blanks = [blank for blank in blanks if blank.isascii() and blank not in CONTROLS]
    looked_for = [f"contains({cell}, {literal(blank)})" for blank in ascii_blanks]
    if not set(CONTROLS).isdisjoint(blanks):
        looked_for.append(f"regexp_matches({cell}, '[[:cntrl:]]')")
    is_ascii = f"strlen({cell}) = length({cell})"
    without = f"NULLIF(regexp_replace({cell}, '[\\s[:cntrl:]]+', '', 'g'), '')"
    otherwise = f" ELSE NULLIF(canonical_key({cell}), '')" if is_careful else ""
    return (
        f"CASE WHEN {is_ascii} AND NOT ({' OR '.join(looked_for) or 'false'}) THEN upper({cell})"
        f" WHEN {is_ascii} OR regexp_full_match({cell}, {literal(_PLAIN_KEY)}) THEN upper({without}){otherwise} END"
    )


def is_found_closer(column: Column, text: str, first_day: date) -> bool:
    """Whether `Care` would find a value in a text that SQL alone cannot decide."""
    if column.type == "date":
        return read_day(text, column.reads_months, first_day) is not None
    return column.is_identifier or canonical_key(text) in map(canonical_key, column.enum)


def literals(texts: tuple[str, ...]) -> str:
    return ", ".join(literal(t) for t in texts)


def folded(text: str) -> str:
    """The text as `lower(strip_accents(…))` gives it."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower()


def macros() -> list[str]:
    """Statements that define what the expressions below call; run once a connection."""
    return [
        # Sign, brackets, digits and unit of a number; blanks of all kinds are made one space first.
        rf"""CREATE MACRO number_parts(s) AS regexp_extract(
            trim(translate(regexp_replace(regexp_replace(s, '\p{{Cf}}+', '', 'g'), '{_BLANK_CLASS}', ' ', 'g'),
                '{_DASHES}', '{"-" * len(_DASHES)}')),
            {literal(_NUMBER)}, ['opening', 'sign', 'core', 'unit', 'closing'])""",
        "CREATE MACRO is_number(p) AS p.core <> '' AND (p.opening = '(') = (p.closing = ')')"
        " AND NOT (p.opening = '(' AND p.sign <> '')",
        "CREATE MACRO sign_of(p) AS CASE WHEN p.opening = '(' OR p.sign = '-' THEN '-' ELSE '' END",
        # Digits with `.` as the decimal sign and no grouping.
        r"""CREATE MACRO plain_number(core) AS CASE
            WHEN regexp_full_match(core, '\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}')
                THEN replace(replace(core, '.', ''), ',', '.')
            WHEN regexp_full_match(core, '\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}') THEN replace(core, ',', '')
            ELSE replace(replace(core, ' ', ''), ',', '.') END""",
        f"""CREATE MACRO unit_exponent(unit, own) AS CASE
            WHEN unit = '' THEN own
            -- Millions to some and thousands to others.
            WHEN unit IN ('m€', 'meur') THEN NULL
            WHEN lower(unit) IN ('m€', 'meur') OR starts_with(lower(unit), 'million') THEN 6
            WHEN lower(unit) IN ('k€', 'keur') OR starts_with(lower(unit), 'millier') THEN 3
            WHEN lower(unit) IN ('%', {literals(_TIME_WORDS)}) THEN NULL
            WHEN starts_with(unit, '{DIVIDED}') THEN CASE WHEN length(unit) = 2 + own THEN own END
            ELSE 0 END""",
        # 1,234 may be 1234 or 1.234, also in thousands or millions of euros, unless its column says what the sign is.
        r"""CREATE MACRO is_ambiguous(p, decimal_sign) AS regexp_full_match(p.core, '[1-9]\d{0,2}[.,]\d{3}')
            AND NOT (p.exponent > 0 AND decimal_sign <> '' AND contains(p.core, decimal_sign))""",
        # Of an amount also its unit as powers of ten, NULL for none of euros, and its plain digits.
        """CREATE MACRO amount_parts(s, own) AS list_transform([number_parts(s)], lambda p: {
            'opening': p.opening, 'sign': p.sign, 'core': p.core, 'unit': p.unit, 'closing': p.closing,
            'exponent': unit_exponent(p.unit, own), 'plain': plain_number(p.core)})[1]""",
        "CREATE MACRO decimals_of(plain) AS length(rtrim(split_part(plain, '.', 2), '0'))",
        # NULL where it has more decimals than are kept, or is more than DECIMAL(38,18) can hold.
        f"""CREATE MACRO exact_euros(sign, plain, exponent) AS CASE
            WHEN decimals_of(plain) <= exponent + {EXACT_DECIMALS} THEN
            TRY_CAST(sign || '0' || split_part(plain, '.', 1)
                || left(rpad(split_part(plain, '.', 2), 6, '0'), exponent)
                || '.' || substr(split_part(plain, '.', 2), exponent + 1) || '0'
                AS DECIMAL(38,{EXACT_DECIMALS})) END""",
        f"""CREATE MACRO bracket_text(s) AS
            trim(regexp_replace(lower(strip_accents(s)), '{_BLANK_CLASS}', ' ', 'g'))""",
        f"CREATE MACRO is_bracket(s) AS regexp_full_match(bracket_text(s), {literal(_BRACKET)})",
        # What spreadsheets show for a formula that failed, in English and in French.
        f"""CREATE MACRO error_rule(s) AS CASE WHEN s = {literal(UNCOMPUTED)} THEN 'uncomputed'
            WHEN regexp_full_match(s, {literal(_ERROR_CELL)}) THEN 'error-cell' END""",
        # The two forms of most dates, by tests that are quicker than a regular expression. The cast takes more than
        # ISO dates (`2021-3-4`, `2021-03-4T`), but writes nothing else.
        r"""CREATE MACRO usual_date(s) AS CASE
            WHEN s LIKE '__/__/____' THEN CAST(try_strptime(s, '%d/%m/%Y') AS DATE)
            WHEN s LIKE '____-__-__' AND CAST(TRY_CAST(s AS DATE) AS VARCHAR) = s THEN TRY_CAST(s AS DATE) END""",
    ]


def trimmed(cell: str, blanks: str) -> str:
    """The cell without the blanks around it; NULL when nothing is left. `blanks`: those that the file has.

    Only cells that have one at an edge are trimmed: `trim` with a set of characters is the slowest step of all.
    """
    if not blanks:
        return cell
    beyond_ascii = [blank for blank in blanks if not blank.isascii()]
    # All blanks of ASCII are before the exclamation mark, and comparing is quicker than looking at a start.
    begins = [f"{cell} < '!'", *(f"starts_with({cell}, {literal(blank)})" for blank in beyond_ascii)]
    ends = [f"ends_with({cell}, {literal(blank)})" for blank in blanks]
    edges = " OR ".join(begins + ends)
    return f"CASE WHEN {edges} THEN NULLIF(trim({cell}, {literal(BLANKS)}), '') ELSE {cell} END"


def without_missing(column: Column, cell: str) -> str:
    """NULL where the cell says that there is no value (`NA`, `En cadrage`)."""
    read = in_usual_signs(column, cell)
    if not column.missing:
        return read
    words = tuple(folded(m) for m in column.missing)
    longest = max(len(m) for m in column.missing) + 2
    is_missing = f"length({cell}) <= {longest} AND lower(strip_accents({cell})) IN ({literals(words)})"
    return f"CASE WHEN {is_missing} THEN NULL ELSE {read} END"


def bracket(cell: str, bracket_cell: str | None) -> str:
    """The bracket that stands in an amount's place; NULL without one, or where the bracket's own column differs."""
    alike = f" AND coalesce(bracket_text({bracket_cell}) = bracket_text({cell}), true)" if bracket_cell else ""
    return f"CASE WHEN is_bracket({cell}){alike} THEN {cell} END"


def in_usual_signs(column: Column, cell: str) -> str:
    """The cell with a space for the contract's grouping sign and a comma for its decimal sign.

    A point or a comma that the contract gives no meaning becomes a sign that no number has.
    """
    if column.signs is None:
        return cell
    decimal_char, group_char = column.signs
    idle = "".join(sign for sign in ",." if sign not in column.signs)
    usual = " " * len(group_char) + "," + "?" * len(idle)
    return f"translate({cell}, {literal(group_char + decimal_char + idle)}, {literal(usual)})"


def has_error_sign(text: str) -> bool:
    """Whether a text has one of `ERROR_SIGNS`."""
    return any(sign in text for sign in ERROR_SIGNS)


def has_error(cell: str) -> str:
    """Whether the cell is an error word; asked only where some cell has one of `ERROR_SIGNS`, as all of them do."""
    first = f"starts_with({cell}, '#') OR starts_with({cell}, 'Err') OR suffix({cell}, '...') OR suffix({cell}, '…')"
    return f"({first}) AND error_rule({cell}) IS NOT NULL"


def exponent_of(column: Column, header_unit: str | None) -> int:
    """Powers of ten of an amount's unit, 0 of others; what the header states counts before what the contract states."""
    return EXPONENTS.get(header_unit or column.unit or "€", 0)


def plain_patterns(column: Column, header_unit: str | None, grouping: tuple[str, ...]) -> list[str]:
    """The forms in which most numbers come, read without taking them apart; `grouping` are the blanks in them."""
    if column.is_amount:
        exponent = exponent_of(column, header_unit)
        digits = 15 - exponent
        wholes = [rf"\d{{1,{digits}}}", *(rf"\d{{1,3}}(?:{blank}\d{{3}}){{1,{digits // 3 - 1}}}" for blank in grouping)]
        # Not three decimals: those may be thousands.
        decimals = r"\d{1,2}" if exponent == 0 else rf"(?:\d{{1,2}}|\d{{4,{2 + exponent}}})"
        return [rf"[-+]?{whole}(?:[.,]{decimals})?" for whole in wholes]
    if column.type == "number":
        return [r"[-+]?\d{1,4}([.,]\d+)?"]
    return [r"[-+]?\d{1,9}"] if column.type == "integer" else []


def dotted(cell: str) -> str:
    """An amount's cell with a point for the decimal comma."""
    return f"replace({cell}, ',', '.')"


def direct(column: Column, header_unit: str | None, dotted_cell: str, grouping: tuple[str, ...]) -> str:
    """The amount, in its own unit, that the cell's digits make; it counts only where `parts` is NULL."""
    whole = "".join(
        f" WHEN contains({dotted_cell}, {literal(blank)}) THEN replace({dotted_cell}, {literal(blank)}, '')"
        for blank in grouping
    )
    digits = f"CASE{whole} ELSE {dotted_cell} END" if whole else dotted_cell
    return f"TRY_CAST({digits} AS DECIMAL(18,{2 + exponent_of(column, header_unit)}))"


def parts(
    column: Column, header_unit: str | None, cell: str, dotted_cell: str, direct_of_cell: str, grouping: tuple[str, ...]
) -> str | None:
    """A number taken apart, NULL where its form is plain; `None` for columns that hold no numbers."""
    patterns = plain_patterns(column, header_unit, grouping)
    if not patterns:
        return None
    plain = [f"{cell} IS NULL"]
    if column.is_amount and exponent_of(column, header_unit) == 0:
        # Most amounts have two decimals, and what DuckDB writes as it stands there is plain: quicker to see.
        plain.append(f"CAST({direct_of_cell} AS VARCHAR) = {dotted_cell}")
    plain += [f"regexp_full_match({cell}, {literal(pattern)})" for pattern in patterns]
    apart = f"amount_parts({cell}, {exponent_of(column, header_unit)})" if column.is_amount else f"number_parts({cell})"
    return f"CASE WHEN {' OR '.join(plain)} THEN NULL ELSE {apart} END"


def exact(column: Column, header_unit: str | None, parts_of_cell: str, care: Care | None) -> str:
    """The exact euros of an amount that is taken apart; NULL where it is plain, or none."""
    p = parts_of_cell
    return (
        f"CASE WHEN {p}.exponent IS NOT NULL AND is_number({p}) AND NOT ({is_conflict(header_unit, p)})"
        f" AND NOT {ambiguous(column, p, care)} THEN exact_euros(sign_of({p}), {p}.plain, {p}.exponent) END"
    )


def rounding(exact_of_cell: str, value_of_cell: str) -> str:
    """What rounding to the cent took of an amount, in euros; NULL where it took nothing."""
    taken = f"{exact_of_cell} - CAST({value_of_cell} AS DECIMAL(38,{EXACT_DECIMALS}))"
    kind = f"DECIMAL({EXACT_DECIMALS},{EXACT_DECIMALS})"
    return f"CASE WHEN {exact_of_cell} IS NOT NULL THEN CAST(NULLIF({taken}, 0) AS {kind}) END"


def is_conflict(header_unit: str | None, parts_of_cell: str) -> str:
    """Whether a cell states another unit than the header, and nobody can say which one is meant.

    Under `(€)`, the template's unit, `3 000 k€` says how much it is; under `(k€)` neither `3 000 €` nor `3 M€` does.
    """
    if header_unit is None or EXPONENTS[header_unit] == 0:
        return "false"
    return f"{parts_of_cell}.unit <> '' AND {parts_of_cell}.exponent <> {EXPONENTS[header_unit]}"


def value(
    column: Column, header_unit: str | None, cell: str, parts_of_cell: str, direct_of_cell: str, exact_of_cell: str,
    inner_blanks: str, first_day: date, care: Care | None,
) -> str:  # fmt: skip
    """The typed value; NULL where the cell is empty or is none. `first_day`: what the number 0 means as a date."""
    plain = f"plain_number({parts_of_cell}.core)"
    sign = f"sign_of({parts_of_cell})"
    if column.is_amount:
        exponent = exponent_of(column, header_unit)
        # Wider for the product: what does not fit is rejected, it must not end the reading of the file.
        wide = f"CAST({direct_of_cell} AS DECIMAL(38,{2 + exponent}))"
        scaled = direct_of_cell if exponent == 0 else f"TRY_CAST({wide} * {10**exponent} AS DECIMAL(18,2))"
        return (
            f"CASE WHEN {parts_of_cell} IS NULL THEN {scaled}"
            f" WHEN {exact_of_cell} IS NOT NULL THEN TRY_CAST({exact_of_cell} AS DECIMAL(18,2)) END"
        )
    if column.type == "number":
        # A ratio keeps two decimals more than its percentage, so that dividing by 100 is exact.
        kind = "DECIMAL(18,10)" if column.unit == "ratio" else column.duckdb_type
        direct = f"TRY_CAST(replace({cell}, ',', '.') AS {column.duckdb_type})"
        general = f"TRY_CAST({sign} || '0' || {plain} AS {kind})"
        percent = (
            f" WHEN {parts_of_cell}.unit = '%' THEN TRY_CAST({general} * 0.01 AS {column.duckdb_type})"
            if column.unit == "ratio"
            else ""
        )
        return (
            f"CASE WHEN {parts_of_cell} IS NULL THEN {direct} WHEN NOT is_number({parts_of_cell}) THEN NULL"
            f"{percent} WHEN {_has_own_unit(column, parts_of_cell)}"
            f" THEN TRY_CAST({general} AS {column.duckdb_type}) END"
        )
    if column.type == "integer":
        return (
            f"CASE WHEN {parts_of_cell} IS NULL THEN TRY_CAST({cell} AS INTEGER)"
            f" WHEN is_number({parts_of_cell}) AND {_has_own_unit(column, parts_of_cell)} AND decimals_of({plain}) = 0"
            f" THEN TRY_CAST({sign} || split_part({plain}, '.', 1) AS INTEGER) END"
        )
    if column.type == "date":
        if column.date_format:
            # Cells that hold a date come out of a workbook as ISO dates, whatever they look like there.
            return (
                f"coalesce(CAST(try_strptime({cell}, {literal(column.date_format)}) AS DATE),"
                f" CAST(try_strptime({cell}, '%Y-%m-%d') AS DATE))"
            )
        usual = f"usual_date({cell})"
        other = f"day_of({cell}, {str(column.reads_months).lower()}, DATE '{first_day}')"
        return usual if care is None else f"coalesce({usual}, {other})"
    if column.type == "boolean":
        yes = tuple(folded(t) for t in column.true_values)
        no = tuple(folded(t) for t in column.false_values)
        word = f"lower(strip_accents({cell}))"
        return f"CASE WHEN {word} IN ({literals(yes)}) THEN true WHEN {word} IN ({literals(no)}) THEN false END"
    key = key_form(cell, inner_blanks, care is not None)
    if column.enum:
        cases = " ".join(f"WHEN {literal(canonical_key(e))} THEN {literal(e)}" for e in column.enum)
        return f"CASE WHEN {cell} IN ({literals(column.enum)}) THEN {cell} ELSE CASE {key} {cases} END END"
    if column.is_identifier:
        # Digits alone are in their form, and seeing that is quicker than writing long ones again.
        has_digits = (column.pattern or "").startswith(r"^\d")
        return f"CASE WHEN TRY_CAST({cell} AS BIGINT) IS NOT NULL THEN {cell} ELSE {key} END" if has_digits else key
    return cell


def _has_own_unit(column: Column, parts_of_cell: str) -> str:
    """Whether a number that is no amount stands alone, or with the unit of time of its column."""
    return f"lower({parts_of_cell}.unit) IN ({literals(('', *TIMES.get(column.unit or '', ())))})"


def ambiguous(column: Column, parts_of_cell: str, care: Care | None) -> str:
    """Whether thousands and decimals cannot be told apart; a contract with signs of its own tells them."""
    if column.signs is not None:
        return "false"
    sign = care.signs.get(column.name, "") if care else ""
    return f"is_ambiguous({parts_of_cell}, {literal(sign)})"


def limit(column: Column, bound: str) -> str:
    """A bound or an admitted value of the contract; an amount's is in the unit that the contract states."""
    if column.is_amount:
        bound = format(Decimal(bound).scaleb(EXPONENTS[column.unit or "€"]), "f")
    return f"CAST({literal(bound)} AS {column.duckdb_type})"


def rules(
    column: Column, header_unit: str | None, cell: str, parts_of_cell: str, value_of_cell: str, has_hash: bool,
    care: Care | None,
) -> list[Rule]:  # fmt: skip
    """What the contract asks of a cell, in the order in which it is judged; the first is of an empty one.

    `has_hash`: whether some cell may have one of `ERROR_SIGNS`.
    """
    read = [Rule("required" if column.is_required else None, f"{cell} IS NULL")]
    # Where no cell can be one it is not named either: its regular expression takes long to compile.
    if has_hash and (column.type != "string" or column.enum):
        is_error = f"{value_of_cell} IS NULL AND {has_error(cell)}"
        read.append(Rule(f"error_rule({cell})", is_error, is_named=False))
    elif has_hash and column.is_required:
        read.append(Rule(f"error_rule({cell})", has_error(cell), is_named=False))
    if column.is_amount:
        p = parts_of_cell
        why = (
            f"CASE WHEN {p} IS NULL THEN 'size' WHEN NOT is_number({p}) THEN 'amount'"
            f" WHEN {p}.exponent IS NULL THEN if(starts_with({p}.unit, '{DIVIDED}'), 'scaled', 'amount')"
            f" WHEN {is_conflict(header_unit, p)} THEN 'unit' WHEN {ambiguous(column, p, care)} THEN '{AMBIGUOUS}'"
            f" WHEN decimals_of({p}.plain) > {p}.exponent + {EXACT_DECIMALS} THEN 'decimals' ELSE 'size' END"
        )
        read.append(Rule(why, f"{value_of_cell} IS NULL", is_named=False))
    elif column.type in ("number", "integer", "date", "boolean") or column.enum:
        if column.type in ("number", "integer"):
            digits = r"[-+]?\d+" if column.type == "integer" else r"[-+]?\d+([.,]\d+)?"
            read.append(Rule("size", f"{value_of_cell} IS NULL AND regexp_full_match({cell}, {literal(digits)})"))
        if care is None and (column.type == "string" or (column.type == "date" and not column.date_format)):
            read.append(Rule(CLOSER, f"{value_of_cell} IS NULL"))
        read.append(Rule("enum" if column.type == "string" else column.type, f"{value_of_cell} IS NULL"))
    elif column.is_identifier and (care is None or column.is_required):
        # With care nothing is left of a key that shows nothing.
        read.append(Rule(CLOSER if care is None else "required", f"{value_of_cell} IS NULL"))
    if column.enum and column.type != "string":
        admitted = ", ".join(limit(column, e) for e in column.enum)
        read.append(Rule("enum", f"{value_of_cell} NOT IN ({admitted})"))
    if column.pattern:
        read.append(Rule("pattern", f"NOT {_is_whole_match(value_of_cell, column.pattern)}"))
    if column.min_length is not None:
        read.append(Rule("min-length", f"length({value_of_cell}) < {column.min_length}"))
    if column.max_length is not None:
        read.append(Rule("max-length", f"length({value_of_cell}) > {column.max_length}"))
    for name, sign in (("minimum", "<"), ("maximum", ">")):
        bound = getattr(column, name)
        if bound is not None:
            read.append(Rule(name, f"{value_of_cell} {sign} {limit(column, bound)}"))
    if column.last_day is not None:
        read.append(Rule("not-after", f"{value_of_cell} > DATE '{column.last_day}'"))
    return read


def _is_whole_match(value_of_cell: str, pattern: str) -> str:
    """The standard's patterns are those of XML Schema: the whole text has to match."""
    digits = re.fullmatch(r"\^\\d\{(\d+)\}\$", pattern)
    if digits:  # quicker than a regular expression
        return f"({value_of_cell} GLOB {literal('[0-9]' * int(digits[1]))})"
    return f"regexp_full_match({value_of_cell}, {literal(pattern)})"


def broken_rule(read: list[Rule]) -> str:
    """The name of the first rule that the cell breaks; NULL where it breaks none."""
    return f"CASE {' '.join(f'WHEN {rule.broken} THEN {rule.name_sql}' for rule in read)} END"


def is_broken(read: list[Rule]) -> str:
    """Whether `broken_rule` is not NULL: the same conditions, without the work of naming the rule."""
    empty, *others = read
    of_a_value = " OR ".join(f"({rule.broken})" for rule in others) or "false"
    return f"({empty.broken} OR {of_a_value})" if empty.name else f"(NOT {empty.broken} AND ({of_a_value}))"
