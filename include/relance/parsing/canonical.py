"""The one form in which keys are compared (awards, projects, bodies, codes), however they were written."""

from __future__ import annotations

import unicodedata

# `Pd` has all dashes but these: minus sign, hyphen bullet, modifier minus, two lines of box drawing.
_OTHER_DASHES = "\u2212\u2043\u02d7\u2500\u2501"
# Not formatting characters for Unicode, and yet nothing that anybody sees.
_OTHER_INVISIBLE = "\u034f\u2800\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def canonical_key(text: str) -> str:
    """The key that a person sees: compatible characters unified (NFKC), one dash, upper case, no blanks.

    Blanks of all kinds and characters that show nothing are taken out. Empty where nothing is left.
    """
    kept = (
        "-" if unicodedata.category(c) == "Pd" or c in _OTHER_DASHES else c
        for c in unicodedata.normalize("NFKC", text)
        if not is_unseen(c)
    )
    return unicodedata.normalize("NFKC", "".join(kept).upper())


def is_unseen(character: str) -> bool:
    """Whether a character shows nothing: blanks, controls, formatting, variation selectors."""
    return (
        character.isspace()
        or unicodedata.category(character) in ("Cc", "Cf", "Zs")
        or character in _OTHER_INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
    )
