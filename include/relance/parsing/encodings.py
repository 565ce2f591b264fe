"""Says in which encoding a text is written; what cannot be the one it would be read in is refused by name.

A text that is no UTF-8 can be decoded in any encoding of one byte a letter, and only one gives the letters that were
written. Windows-1252 and ISO-8859-15 are read. A byte that stands where no French text has the sign of Windows-1252 (a
low quotation mark within a word) says that it is another one: DOS (CP850, CP437) or Macintosh, whichever has a
letter of French there.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from pathlib import Path

from relance.parsing.set_aside import SetAside
from relance.parsing.wording import integer, quoted

CHUNK = 8 << 20
_EVIDENCE_ENOUGH = 1_000  # by then it is clear which encoding it is
_SHOWN_BYTES = 30  # on each side of the first byte that tells

# `é` or `’` in UTF-8; read as Windows-1252 they are `Ã©` and `â€™`, which no French text contains.
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\xbf]")
_C1 = bytes(range(0x80, 0xA0))
_SIGNS_8859_15 = b"\xa4\xbc\xbd\xbe"
# What is not in Windows-1252 at the place where it stands. Of the quotation marks, dashes, œ, € and … of that encoding
# none is here: they tell nothing, and a text in DOS or Macintosh has an `é` or `è` besides.
_EVIDENCE = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d]"  # nothing at all
    rb"|(?<=[A-Za-z])[\x82-\x84\x88\x89]"  # low quotation marks, florin, circumflex, per mille behind a letter
    rb"|[\x82\x83](?=[a-z])"  # low quotation mark, florin before one
    rb"|(?<=[a-z])[\x8a\x8c\x8e\x9f]"  # Š Œ Ž Ÿ behind a small letter
    rb"|(?<=[A-Z])[\x8a\x8c\x8e\x9f](?=[a-z])"  # or before one
    rb"|(?<=[A-Za-z])[\x87](?=[a-z])"  # ‡ within a word
    rb"|(?<=[a-z])[\xcf\xd5](?=[a-z])"  # Ï Õ between small letters: œ and ’ of a Macintosh
    rb"|(?<=[Nn])\xf8(?=[ \d])|(?<=[A-Za-z])\xa1"  # ø of `Nø 5`, ¡ of `N¡ 5`
    rb"|(?<=\d)[\xca\xff](?=\d{3})"  # Ê ÿ within a number: no-break spaces
)
_EVIDENCE_BYTES = b"\x81\x82\x83\x84\x87\x88\x89\x8a\x8c\x8d\x8e\x8f\x90\x9d\x9f\xa1\xca\xcf\xd5\xf8\xff"
# The most frequent letters of French text as Windows-1252 writes them, within words.
_LETTER_1252 = re.compile(rb"(?<=[a-z])[\xe0\xe7-\xea\xf4](?=[a-z])")
# How often French has a letter, roughly; in capitals first those that words begin with.
_FRENCH = dict.fromkeys("âçëîïôùûœ’°\u00a0", 1) | {"é": 9, "è": 4, "à": 4, "ê": 2}
_FRENCH_CAPITALS = dict.fromkeys("ÀÂÇÈÊÎÔ", 1) | {"É": 9}
_OTHERS = {
    "cp850": "DOS (CP850 ou CP437, le format « CSV (MS-DOS) » d'Excel)",
    "mac_roman": "Macintosh (MacRoman, le format « CSV (Macintosh) » d'Excel)",
}
_SAVE_AS_UTF_8 = (
    "L'ouvrir avec le logiciel qui l'a fait, choisir « Enregistrer sous », puis « CSV UTF-8 » ou « Classeur Excel"
    " (.xlsx) », et envoyer ce nouveau fichier."
)


def wide_encoding(start: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark or by the zeros that every second byte, or three of four, are; else `None`."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    quarter = max(1, len(start) // 4)
    zeros = [start[place::4].count(0) for place in range(4)]
    is_zero, is_filled = [count > 0.6 * quarter for count in zeros], [count < 0.1 * quarter for count in zeros]
    if all(is_zero[1:]) and is_filled[0]:
        return "utf-32-le"
    if all(is_zero[:3]) and is_filled[3]:
        return "utf-32-be"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = max(1, len(start) // 2)
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def start_as_text(start: bytes) -> str:
    """The beginning of a file as text, in whatever encoding; its ASCII is right, and nothing ever fails."""
    return start.decode(wide_encoding(start) or "utf-8", "replace")


def single_byte_encoding(path: Path) -> str:
    """Windows-1252, unless the signs that differ say ISO-8859-15. Raises `SetAside` for any other.

    The four signs that French text uses (€, Œ, œ, Ÿ) stand at these bytes in ISO-8859-15; in Windows-1252 they
    stand between 0x80 and 0x9F, and ¤ ¼ ½ ¾ stand here, which are not words of these files.
    """
    has_c1 = has_sign = has_1252 = False
    evidence = bytearray()  # each byte that tells, behind the one before it
    place, before, tail = 0, 0, b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            joined = tail + chunk
            if _UTF8_LETTER.search(joined):
                raise SetAside(
                    "Le fichier mélange deux encodages (UTF-8 et Windows-1252) : des accents seraient illisibles."
                    " L'enregistrer de nouveau en UTF-8 depuis le tableur et le renvoyer."
                )
            has_c1 = has_c1 or len(chunk.translate(None, _C1)) < len(chunk)
            has_sign = has_sign or len(chunk.translate(None, _SIGNS_8859_15)) < len(chunk)
            has_1252 = has_1252 or _LETTER_1252.search(joined) is not None
            if len(evidence) < 2 * _EVIDENCE_ENOUGH and len(joined.translate(None, _EVIDENCE_BYTES)) < len(joined):
                found = list(islice(_EVIDENCE.finditer(joined), _EVIDENCE_ENOUGH))
                if found and not evidence:
                    place = before - len(tail) + found[0].start()
                evidence += b"".join(joined[max(0, m.start() - 1) : m.end()].rjust(2) for m in found)
            before += len(chunk)
            tail = joined[-_CONTEXT_BYTES:]
    if evidence:
        raise SetAside(_other_encoding(bytes(evidence), has_1252, *_line(path, place)))
    return "iso8859-15" if has_sign and not has_c1 else "cp1252"


_CELL_OR_WORD_END = rb"[\r\n;,\t|\" ]"
_CONTEXT_BYTES = 5  # of the longest that is looked for, less one


def _line(path: Path, place: int) -> tuple[int, bytes]:
    """The number of the line that the byte at `place` stands on, and the bytes around it on that line."""
    number, left = 1, place
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            number += chunk.count(b"\n")
            left -= len(chunk)
        stream.seek(max(0, place - _SHOWN_BYTES))
        around = stream.read(place - stream.tell() + 1 + _SHOWN_BYTES)
    here = min(place, _SHOWN_BYTES)
    start = re.split(_CELL_OR_WORD_END, around[:here])[-1]
    return number, start + re.split(_CELL_OR_WORD_END, around[here:])[0]


def _weight(before: str, sign: str) -> float:
    """How well a sign fits behind the ASCII character before it: a capital does not stand behind a small letter."""
    if before.islower():
        return _FRENCH.get(sign, 0)
    if before.isupper():
        return _FRENCH_CAPITALS.get(sign, 0) + _FRENCH.get(sign, 0) / 2
    return 2 * _FRENCH_CAPITALS.get(sign, 0) + _FRENCH.get(sign, 0)


def _other_encoding(evidence: bytes, has_1252: bool, line: int, around: bytes) -> str:
    weights = {
        name: [
            _weight(chr(before), bytes([sign]).decode(name))
            for before, sign in zip(evidence[::2], evidence[1::2], strict=True)
        ]
        for name in _OTHERS
    }
    best = max(map(sum, weights.values()))
    # Of an encoding that is not known half of the letters are French by chance.
    names = [
        name
        for name, each in weights.items()
        if sum(each) == best and 10 * len(list(filter(None, each))) >= 8 * len(each)
    ]
    shown = f"à la ligne {integer(line)}, {quoted(around.decode('cp1252', 'replace'))}"
    if not names:
        return (
            "L'encodage du fichier n'est pas reconnu : ni UTF-8, ni Windows-1252. Des lettres seraient"
            f" fausses ({shown}). {_SAVE_AS_UTF_8}"
        )
    named = " ou ".join(_OTHERS[name] for name in names)
    if has_1252:
        return (
            f"Le fichier mélange deux encodages (Windows-1252 et {named}) : des lettres seraient fausses"
            f" ({shown}). Corriger ces cellules. {_SAVE_AS_UTF_8}"
        )
    meant = f" au lieu de {quoted(around.decode(names[0]))}" if len(names) == 1 else ""
    return (
        f"Le fichier est écrit dans l'encodage {named}, qui n'est pas lu ici : ses lettres"
        f" accentuées seraient fausses ({shown}{meant}). {_SAVE_AS_UTF_8}"
    )
