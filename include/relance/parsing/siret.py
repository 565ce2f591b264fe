"""What a text in a SIRET's place is: a SIRET that lost its form, another body's number, or a typing error.

A leading zero is given back only where both keys, of the body (SIREN, the first nine digits) and of the establishment,
prove it; `22040000000017.0` has all its digits. Fourteen digits with a wrong key are no concern here: they are
accepted, and told by a control.
"""

from __future__ import annotations

# Rules of corrections: what was repaired, and what the text is instead.
REPAIRED = "siret-repaired"
SIREN, RIDET, TAHITI, LETTERS, LENGTH = "siren", "ridet", "tahiti", "siret-letters", "siret-length"


def macros() -> list[str]:
    """Statements that define `repaired_siret` and `siret_rule`; run where some cell is no SIRET."""
    digit = "CAST(d[i] AS INTEGER)"
    doubled = (
        f"CASE WHEN (length(d) - i) % 2 = 0 THEN {digit} ELSE 2 * {digit} - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END END"
    )
    return [
        # Luhn: from the right every other digit is doubled (less nine above nine), and the sum is a multiple of ten.
        f"""CREATE OR REPLACE TEMP MACRO has_luhn_key(d) AS
            list_sum(list_transform(range(1, length(d) + 1), lambda i: {doubled})) % 10 = 0""",
        r"""CREATE OR REPLACE TEMP MACRO repaired_siret(v) AS CASE
            WHEN regexp_full_match(v, '\d{14}[.,]0+') THEN v[1:14]
            WHEN regexp_full_match(v, '\d{13}([.,]0+)?')
                AND has_luhn_key('0' || v[1:8]) AND has_luhn_key('0' || v[1:13]) THEN '0' || v[1:13] END""",
        # RIDET (New Caledonia): seven digits of the body and three of the establishment, zeros in front left out.
        # Tahiti number (French Polynesia): six signs, of which the first may be a letter, and three of the place.
        rf"""CREATE OR REPLACE TEMP MACRO siret_rule(v) AS CASE
            WHEN regexp_full_match(v, '(SIREN:?)?\d{{9}}([.,]0+)?')
                AND has_luhn_key(regexp_extract(v, '\d{{9}}')) THEN '{SIREN}'
            WHEN regexp_full_match(v, 'RID(ET)?:?[\d.]+|(NC)?\d{{10}}(XX)?|\d{{1,7}}[.]\d{{3}}') THEN '{RIDET}'
            WHEN starts_with(replace(v, '.', ''), 'TAHITI')
                OR regexp_full_match(v, '[A-Z]\d{{5}}(-?\d{{3}})?|\d{{6}}(-\d{{3}})?') THEN '{TAHITI}'
            WHEN regexp_matches(v, '\p{{L}}') THEN '{LETTERS}'
            WHEN regexp_full_match(v, '\d+') THEN '{LENGTH}' END""",
    ]
