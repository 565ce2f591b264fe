"""What a number format makes of a number, and that those that say nothing make nothing of it."""

from __future__ import annotations

import pytest

from relance.parsing.number_format import number_format

ACCOUNTING = '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ('# ##0" k€"', 3000, "3000 k€"),
        ('0.00" M€"', 3.5, "3.5 M€"),
        ('0.00" M€"', 12.345, "12.3450 M€"),
        ("0\\ \\k\\€", 5, "5 k€"),
        ("0 M€", 5, "5 M€"),
        ("[$$-409]#,##0", 1200, "1200 $"),
        ('"$"#,##0', 1200, "1200 $"),
        ("$#,##0.00;-$#,##0.00", -5, "-5 $"),
        ("[$£-809]#,##0", 5, "5 £"),
        ("#,##0\\ [$€-40C];[Red]\\-#,##0\\ [$€-40C]", -5, "-5 €"),
        ("#,##0.00\\ [$€-x-euro2]", 5, "5 €"),
        ("[$EUR] #,##0", 5, "5 EUR"),
        (ACCOUNTING, 1234.5, "1234.5 €"),
        (ACCOUNTING, -1234.5, "-1234.5 €"),
        (ACCOUNTING, 0, "0 €"),
        ('(#,##0" k€");[Blue](0" k€")', -5, "-5 k€"),
        ("0%", 0.25, "25 %"),
        ("[Blue]0.00%", 0.125, "12.5 %"),
        ('0" ans"', 6, "6 ans"),
        ("0 ans", 6, "6 ans"),
        ('General" mois"', 6, "6 mois"),
        ('"n° "0', 5, "n° 5"),
        ('"≈ "0', 5, "≈ 5"),
        ('"n°0 "0', 5, "n°0 5"),
        ('"CUL-"0000', 12, "CUL-0012"),
        ("00000", 1234, "01234"),
        ("0#", 1, "01"),
        ("[$EUR ]#,##0.00_-", 5, "5 EUR"),
        ('00"-"00', 1234, "12-34"),
        ("#,##0,", 3_000_000, "3000 \u00d71000"),
        ("0.0,,", 3_500_000, "3.5 \u00d71000000"),
        ("#,##0,.00", 1_234_567, "1234.5670 \u00d71000"),
        ('#,##0," k€"', 3_000_000, "3000 k€"),
        ('0.0,,"M€"', 3_500_000, "3.5 M€"),
        ('[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"', 2_500_000, "2.5 M€"),
        ('[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"', 3_000, "3 k€"),
        ('[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"', 5, "5 €"),
        ('[<0]-0" €";0" €"', -5, "-5 €"),
        ('[=1]"Oui";[=0]"Non";0', 1, "Oui"),
        ('[=1]"Oui";[=0]"Non";0', 0, "Non"),
        ('"CUL-"0000', -12, "-CUL-0012"),
        ('"Avance "0" €"', -5, "-Avance 5 €"),
        # What is seen and what is there are not the same: both are shown, and no value is read.
        (";;;", 3000, "3000 (masqué par son format)"),
        ("0;[Red]0", -5, "-5 (affiché : 5)"),
        ('[>=1000000]0.0,," M€";[>=1000]0," k€";0" €"', -5, "-5 (affiché : 5 €)"),
        ("-0", 5, "5 (affiché : -5)"),
        ('0"-"', 5, "5 (affiché : -5)"),
        ("0\\,00", 1234, "1234 (affiché : 12,34)"),
        ('"-"', 5, "5 (affiché : -)"),
        # A zero that is not shown is an empty cell.
        ("0;-0;;@", 0, ""),
        ("#,###", 0, ""),
        # Of a time nobody sees the day.
        ("hh:mm", 44300.604861111, "14:31"),
        ("h:mm:ss AM/PM", 0.5, "12:00:00 PM"),
        ("[h]:mm", 1.5, "36:00"),
        ("[mm]:ss", 0.25, "360:00"),
        ('[hh]"h"', -2, "-48h"),
    ],
)  # fmt: skip
def test_a_format_that_says_something(code: str, value: float, shown: str) -> None:
    found = number_format(code)
    assert found is not None
    assert found.shown(float(value)) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General", "Standard", "0", "0.00", "# ##0,00", "#,##0", "#,##0.00", "#,##0_);(#,##0)", "#,##0_);[Red](#,##0)",
        "0.0E+00", "##0.0E+0", "# ?/?", "# ??/16", "@", "", "[Red]0.00", "[$-40C]0.00", "dd/mm/yyyy", "mmmm",
        'd" jours"', "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "m/d/yy h:mm AM/PM", "#\\ ##0.00", "0.000",
        "_-* #,##0.00_-;\\-* #,##0.00_-;_-* \"-\"??_-;_-@_-", "#'##0.00",
        "#,##0\\ _€;[Red]\\-#,##0\\ _€", "0.00_ ;[Red]\\-0.00\\ ", "[$-40C]mmm\\-yy;@", 'dd/mm/yyyy" (prévu)"',
    ],
)  # fmt: skip
def test_a_format_that_says_nothing(code: str) -> None:
    assert number_format(code) is None


@pytest.mark.parametrize(
    ("code", "around"),
    [('@" k€"', ("", " k€")), ('0;-0;0;"n° "@', ("n° ", "")), (";;;", ("", " (masqué par son format)")),
     ('0" k€"', None), ('0" k€";;;@', None)],
)  # fmt: skip
def test_what_is_shown_around_a_text(code: str, around: tuple[str, str] | None) -> None:
    found = number_format(code)
    assert found is not None
    assert found.around() == around


def test_a_format_of_texts_shows_numbers_as_they_are() -> None:
    found = number_format('@" k€"')
    assert found is not None
    assert found.shown(5.0) is None
