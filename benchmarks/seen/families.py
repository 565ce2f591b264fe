"""Families of odd cells: each draws a cell in place of a plain one of its column."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.seen import ods
from benchmarks.seen.model import Cell, Failed, Formula, is_amount

NBSP, NARROW, ZERO_WIDTH, NB_HYPHEN, EN_DASH = "\u00a0", "\u202f", "\u200b", "\u2011", "–"
DATE = "dd/mm/yyyy"

Draw = Callable[[random.Random, Any], Cell]


def day(chance: random.Random) -> dt.date:
    """A day of the fund's first fifteen months."""
    return dt.date(2020, 10, 1) + dt.timedelta(chance.randrange(450))


def odd(chance: random.Random, column: dict[str, Any], plain: Cell, context: dict[str, Any]) -> Cell:
    kind = column["type"]
    if is_amount(column):
        families = AMOUNTS
    elif kind in ("number", "integer"):
        families = COUNTS
    elif kind == "date":
        families = DATES
    elif kind == "boolean":
        families = BOOLEANS
    elif column["name"] in ("award_id", "project_name") and column.get("constraints", {}).get("unique"):
        families = KEYS
    elif column.get("constraints", {}).get("enum"):
        families = CODES
    elif column["name"] in ("beneficiary_siret", "department_code"):
        families = NUMBERED
    else:
        families = TEXTS
    known = [name for name in families if name in CAN[context["writer"]] or name not in LIMITED]
    family = chance.choice(known)
    while True:
        cell = families[family](chance, {"value": plain.value, **context})
        if context["writer"] != "ods" or cell.format == "General" or ods.style_of(cell.format, "N"):
            return replace(cell, family=family)
        family = chance.choice(known)


# What not every writer can write. The 0 of a formula that nobody computed is told from a result by the workbook's word
# that all has to be computed; an ODS has no such word.
LIMITED = {"formula-absent", "formula-computed", "formula-text", "formula-zero"}
CAN = {
    "openpyxl": LIMITED, "openpyxl-prefixed": LIMITED, "openpyxl-bare": LIMITED, "ods": LIMITED - {"formula-zero"},
    "xlsxwriter": LIMITED - {"formula-absent"}, "xlwt": {"formula-zero"},
}  # fmt: skip


def _formats(codes: str, values: tuple[float, ...] | None = None) -> Draw:
    """A number under one of these formats, with bars between them: one of `values`, or the plain cell's own."""
    return lambda chance, drawn: Cell(
        chance.choice(values) if values else drawn["value"], chance.choice(codes.split("|"))
    )


def _texts(texts: str) -> Draw:
    """One of these texts, with bars between them."""
    return lambda chance, drawn: Cell(chance.choice(texts.split("|")))


def _blanks(chance: random.Random, text: str) -> str:
    return text.replace(" ", chance.choice((" ", NBSP, NARROW, "\u2009")))


def _formula(state: str) -> Draw:
    def draw(chance: random.Random, drawn: Any) -> Cell:
        whole, cents = chance.randrange(1000, 90_000), chance.randrange(1, 4) / 4
        return Cell(Formula(f"{whole}+{cents}", whole + cents, state))

    return draw


def _failed(chance: random.Random, drawn: Any) -> Cell:
    return Cell(chance.choice((Failed(), Failed("#N/A", "NA()"), Failed("#VALUE!", '1+"a"'))))


def _red(chance: random.Random, drawn: Any) -> Cell:
    return Cell(-1234.5, "#,##0.00;[Red]#,##0.00", is_red=True)


STATES: dict[str, Draw] = {
    "formula-computed": _formula("computed"),
    "formula-absent": _formula("absent"),
    "formula-zero": _formula("zero"),
    "error": _failed,
    "error-word": _texts("#N/A|#N/D|#REF!|#VALEUR!|#ERROR!|Err:502|#NOM?|#DIV/0 !"),
}
SMALL = (3, 3.04, 12.5, 250, 3000, 1234.5)
AMOUNTS: dict[str, Draw] = {
    **STATES,
    "formula-text": lambda c, d: Cell(
        c.choice((Formula('"12"&" k€"', "12 k€"), Formula('""', ""), Formula('"1 234"', "1 234")))
    ),
    "format-euro": _formats(
        '#,##0.00" €"|#,##0.00\\ [$€-40C]|#,##0.00\\ "€"|[$€-2]\\ #,##0.00|0" EUR"|#,##0" euros"|'
        '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-|[Blue]#,##0.00\\ _€'
    ),
    "format-plain": _formats("0|#,##0|#,##0.00|0.0|# ##0|#,##0_);(#,##0)|00000000|[Green]#,##0.0"),
    "format-thousands": _formats(
        '#,##0" k€"|# ##0" k€"|0.0" K€"|0.00" k€"|#,##0" KEUR"|#,##0" milliers d\'euros"|0\\ \\k\\€|0.0"k€"|'
        "[$k€]\\ #,##0|#,##0\\ [$k€-40C]",
        values=SMALL,
    ),
    "format-millions": _formats(
        '0.00" M€"|0.0" M€"|#,##0.0\\ "M€"|0.000" MEUR"|0.00" millions d\'euros"|0.00\\ [$M€]|0.00" M"[$€-40C]',
        values=SMALL,
    ),
    "format-scaled": _formats("#,##0,|0.0,,|0,|#,##0.00,,", values=(3_000_000, 1_234_567.89, 45_600)),
    "format-scaled-with-unit": _formats(
        '#,##0," k€"|0.00,," M€"|#,##0.0,"k€"|0,,\\ "M€"', values=(3_000_000, 1_234_567.89, 45_600_000)
    ),
    "format-conditional": _formats(
        '[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"|[<1000]0" €";#,##0," k€"|[>=1000]0.00," k€";0.00" €"|'
        '[=0]"néant";#,##0.00',
        values=(12, 950, 12_345, 3_456_789.12, 0),
    ),
    "format-other-unit": _formats(
        '0%|0.00%|"$"#,##0|[$$-409]#,##0.00|[$£-809]#,##0.00|[$CHF]\\ #,##0|0" ans"|0" agents"|#,##0" F"|'
        '0.0" Md€"|0" %"|0.0"‰"|#,##0" mois"',
        values=SMALL,
    ),
    "format-hides": _formats(';;;|"n.c."|"confidentiel"|;;|"-"', values=(3000, 12.5)),
    "format-zero": _formats(
        '#,##0;-#,##0;"-"|#,##0;-#,##0;"néant"|#,##0;-#,##0;|_-* #,##0\\ "€"_-;\\-* #,##0\\ "€"_-;_-* "-"\\ "€"_-',
        values=(0,),
    ),
    "format-negative": _formats(
        '#,##0.00;(#,##0.00)|#,##0;[Red]-#,##0|#,##0" €";(#,##0" €")|0;0|#,##0;"moins "#,##0', values=(-1200,)
    ),
    "format-red": _red,
    "format-date": _formats("dd/mm/yyyy|mmm-yy|hh:mm|[h]:mm|d mmmm yyyy", values=(44300, 1234.5)),
    "format-text": lambda c, d: Cell(c.choice((12345.5, 3000)), "@"),
    "format-scientific": _formats("0.00E+00|##0.0E+0", values=(1_234_567, 45_600)),
    "noise": lambda c, d: Cell(c.choice((3.6000000000003638, 0.1 + 0.2, 1234.5600000000002, 99999.999999999985))),
    "decimals": lambda c, d: Cell(c.choice((12.345, 12.3456, 0.005, 2.675, 1234.5678, 1.005, 7.125))),
    "text-plain": lambda c, d: Cell(
        _blanks(
            c,
            c.choice(
                (
                    "1 234 567,89",
                    "12 345,67 €",
                    "1234,5",
                    "1.234.567,89",
                    "1,234.56",
                    "3 000",
                    "1 234,5 EUR",
                    "-0",
                    "12345.67",
                    "2 500 euros",
                    "+ 12",
                    "0,50",
                )
            ),
        )
    ),
    "text-unit": lambda c, d: Cell(
        _blanks(
            c,
            c.choice(
                (
                    "3 000 k€",
                    "1,2 M€",
                    "1 200 milliers d'euros",
                    "2,5 millions d’euros",
                    "3 000 KEUR",
                    "1,25MEUR",
                    "0,5 M€",
                    "12 345,67 k€",
                    "1,23456789 M€",
                    "(3 k€)",
                    "3000k€",
                )
            ),
        )
    ),
    "text-decimals": _texts("12,3456|0,005|12,34567 €|1234,5678|1,00000001|3,6000000000003638"),
    "text-ambiguous": _texts("1,234|1.234|12,345 M€|123.456 k€|1,234 €|2.500"),
    "text-no-amount": _texts(
        "1 2345|1e5|12 %|$ 12|env. 3 000|3 000 à 4 000|12,5 Md€|-|–|n.c.|néant|1_000|NaN|12..5|1,2,3|"
        "< 5 M€|3 000 £|12 k|cf. annexe|1 234,56 F|0x10|١٢٣"
    ),
    "blank": _texts(" |\u00a0|  \u200b|\n"),
    "odd-blanks": lambda c, d: Cell(
        c.choice(
            (f"{NBSP}1 234,50", f"1{ZERO_WIDTH}234,50", "1 234,50\n", "12 345\u2007€ ", "\ufeff12", "1\u00a0\u00a0234")
        )
    ),
    "boolean": lambda c, d: Cell(True),
}
COUNTS: dict[str, Draw] = {
    **STATES,
    "format-plain": _formats("0|0.0|0.00|#,##0", values=(24, 12, 6.5, 24.4)),
    "format-own-unit": _formats('0" ans"|0.0" ans"|0" mois"|0\\ "années"', values=(2, 3, 24)),
    "format-other-unit": _formats('0%|0" jours"|0" k€"|"T"0|0" semaines"', values=(2, 0.5, 24)),
    "format-hides": _formats(';;;|"n.c."', values=(12, 24)),
    "format-date": _formats("dd/mm/yyyy|mmm-yy|[h]:mm", values=(24, 12)),
    "text-plain": _texts("24| 36 |24,0|6.5|6,5|1\u00a02"),
    "text-unit": _texts("24 mois|2 ans|6,5 ans|18 mois|1 an"),
    "text-no-number": _texts("deux ans|24-36|env. 24|2 ans et demi|n.c.|-|24 %|3 k€|6'"),
    "blank": _texts(" |\u00a0"),
    "boolean": lambda c, d: Cell(True),
}


def _serial(chance: random.Random, drawn: Any) -> Cell:
    start = dt.date(1904, 1, 1) if drawn["is_1904"] else dt.date(1899, 12, 30)
    return Cell((day(chance) - start).days + chance.choice((0, 0, 0.5)))


DATES: dict[str, Draw] = {
    **STATES,
    "date-format": lambda c, d: Cell(
        day(c), c.choice(("d mmmm yyyy", "yyyy-mm-dd", "dd/mm/yy", "d-mmm-yy", "dddd d mmmm yyyy", "dd.mm.yyyy"))
    ),
    "date-format-of-less": lambda c, d: Cell(day(c), c.choice(("mmm-yy", "mmmm yyyy", "yyyy"))),
    "date-time": lambda c, d: Cell(
        dt.datetime.combine(day(c), dt.time(c.randrange(24), 30)), c.choice(("dd/mm/yyyy hh:mm", "dd/mm/yyyy"))
    ),
    "date-hidden": lambda c, d: Cell(day(c), c.choice((";;;", "hh:mm"))),
    "serial": _serial,
    "serial-formatted": lambda c, d: replace(_serial(c, d), format="0"),
    "number": lambda c, d: Cell(c.choice((2021, 20210415, 202104, 15.04))),
    "text-date": _texts(
        "15/04/2021|15/04/21|15.04.2021|2021-04-15|12 mars 2021|1er avril 2021|5/4/2021|12-Mar-2021|15 avr. 2021|"
        "03/02/2021|15\u00a0avril\u00a02021|15 AVRIL 2021|28 févr. 2021|2021-04-15 12:00|15/04/2021 14:30"
    ),
    "text-instant": _texts(
        "2021-04-15T23:30:00Z|2021-04-15T12:00:00+02:00|2021-04-15T23:30:00+00:00|2021-12-31T23:30:00Z|"
        "2021-04-15T22:30:00-05:00|2021-04-15T12:00:00.000Z"
    ),
    "text-month": _texts("avril 2021|Jul-2013|juillet 2013|avril 15|mars-21|Apr-2020"),
    "text-no-date": _texts(
        "31/02/2021|bientôt|T2 2021|2021|04/2021|15/04|n.c.|-|04/15/2021|15/04/2021 et 20/04/2021|"
        "2021-04-15 au 2021-05-15|20210415|12 brumaire 2021"
    ),
    "missing-word": _texts("NA|En cadrage|na"),
    "boolean": lambda c, d: Cell(True),
    "blank": _texts(" |\u00a0"),
}
BOOLEANS: dict[str, Draw] = {
    "boolean": lambda c, d: Cell(c.random() < 0.5),
    "number": lambda c, d: Cell(c.choice((0, 1))),
    "format-words": _formats('"Oui";;"Non"|"Non";;"Oui"|"Oui"|;;;|"oui";"oui";"non"', values=(0, 1)),
    "text": _texts("OUI|non|O|N|vrai|Oui\u00a0|x|peut-être|2|-|Oui/Non"),
    "error": _failed,
    "formula-zero": lambda c, d: Cell(Formula("1+0", 1, "zero")),
}


def variant(chance: random.Random, text: str) -> str:
    """The same key to the eye."""
    ways: list[Callable[[str], str]] = [
        lambda t: t.replace("-", NB_HYPHEN),
        lambda t: t.replace("-", EN_DASH, 1),
        lambda t: t.replace("-", "\u2212") if "-" in t else t.replace(" ", NARROW),
        lambda t: t + ZERO_WIDTH,
        lambda t: t[:3] + ZERO_WIDTH + t[3:],
        lambda t: NBSP + t + NBSP,
        lambda t: t.replace(" ", NBSP) if " " in t else t + NBSP,
        lambda t: unicodedata.normalize("NFD", t),
        str.lower,
        lambda t: t.replace("2021", "\uff12\uff10\uff12\uff11") if "2021" in t else t.upper(),
        lambda t: t.replace("-", "\u00ad-", 1) if "-" in t else t + "\u00ad",
    ]
    return chance.choice(ways)(text)


KEYS: dict[str, Draw] = {
    "key-variant": lambda c, d: Cell(variant(c, d["value"])),
    "key-by-format": lambda c, d: Cell(
        c.randrange(1, 9) * 1000 + c.randrange(999), c.choice(('"ECO-2021-"0000', "0000000", "00-00-00", '0"/2021"'))
    ),
    "key-number": lambda c, d: Cell(c.randrange(10**5, 10**9)),
    "key-total": lambda c, d: Cell(f"TOTAL-2021-{c.randrange(10**4):04d}"),
    "error": _failed,
    "blank": _texts(" |\u00a0"),
}
CODES: dict[str, Draw] = {
    "code-variant": _texts("itn 7|ITN\u00a01|ITN8a|ITN\u200b2| ITN3|ITN-4"),
    "code-by-format": lambda c, d: Cell(c.randrange(1, 7), c.choice(('"ITN"0', '"ITN "0'))),
    "code-unknown": _texts("ITN9|ITN8|ITN|-|ITN1 et ITN2|1"),
    "error": _failed,
}
NUMBERED: dict[str, Draw] = {
    "digits-number": lambda c, d: Cell(int(d["value"])),
    "digits-by-format": lambda c, d: Cell(int(d["value"]) % 100, c.choice(("00", "000", "00000000000000"))),
    "digits-grouped": lambda c, d: Cell(
        int(d["value"]), c.choice(("000 000 000 00000", "0", "#,##0") if len(d["value"]) > 3 else ("0", "00", "#,##0"))
    ),
    "digits-text": lambda c, d: Cell(f"{d['value'][:3]}{NBSP}{d['value'][3:]}" if len(d["value"]) > 3 else "2A"),
    "error": _failed,
}
TEXTS: dict[str, Draw] = {
    "text-number": lambda c, d: Cell(c.choice((12, 12.5, 2021))),
    "text-by-format": _formats('"Lot "0|0.00|0%|000|0" k€"', values=(3, 12)),
    "text-date": lambda c, d: Cell(day(c), DATE),
    "text-formula": lambda c, d: Cell(
        Formula('"a"&"b"', "ab", "computed" if "formula-text" in CAN[d["writer"]] else "zero")
    ),
    "text-blanks": lambda c, d: Cell(f"{d['value']}{NBSP}; suite\nfin"),
    "boolean": lambda c, d: Cell(True),
    "error": _failed,
    "error-word": STATES["error-word"],
}
