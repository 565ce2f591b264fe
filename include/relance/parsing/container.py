"""Says what a file is by its bytes, whatever it is called, and refuses what would not stay bounded."""

from __future__ import annotations

import codecs
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from relance.parsing.encodings import single_byte_encoding, wide_encoding
from relance.parsing.formats import (
    SEND,
    START_BYTES,
    refused_ole,
    refused_start,
    refused_zip,
    scanned_ole,
)
from relance.parsing.odd_texts import SIGNS, has_sign
from relance.parsing.set_aside import SetAside
from relance.parsing.value_sql import ERROR_SIGNS, has_error_sign
from relance.parsing.wording import BLANKS, CONTROLS, integer, quoted

CHUNK = 1 << 20
# What the look at every byte of a text takes at a time: it stays in the processor's cache, larger takes longer.
PIECE = 1 << 18
BEGINNING = 1 << 20  # by which the whole of a large text is presumed
# A real workbook of the fund is some hundred kilobytes; 1,000,000 rows of 8 columns are about 400 MB of XML.
MAX_UNCOMPRESSED_BYTES = 1 << 30
MAX_ZIP_MEMBERS = 2_000
MAX_DIRECTORY_BYTES = 4 << 20
# Deflate cannot pass 1,032; sheets of a million equal rows stay under 200. Below 32 KiB compressed it does not matter.
MAX_COMPRESSION_RATIO = 500
MIN_COMPRESSED_BYTES = 32 << 10
# A ZIP that is no document of its own: a ZIP of files.
ARCHIVE = "zip"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNREADABLE_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
DAMAGED_ZIP = (
    "Le fichier est abîmé ou tronqué : sa structure compressée (classeur XLSX ou ODS, archive ZIP) ne se lit pas. "
    "L'ouvrir, l'enregistrer de nouveau et le renvoyer."
)
_ONLY_DATA = "Envoyer un fichier qui ne contient que les données."
_LOCAL_HEADER_BYTES = 30
_END_BYTES = 22 + 65_535 + 20 + 56  # end record, longest comment, and the records of a long archive
ENTITIES = (
    "Le classeur définit des entités XML ({part}), ce qu'aucun tableur n'écrit et qui peut servir à saturer la mémoire."
    " L'enregistrer de nouveau depuis un tableur."
)
_MARK_BYTES = 64


@dataclass(frozen=True)
class Container:
    """What the bytes are: `csv`, `xlsx`, `xls`, `ods` or `zip` (an archive of files)."""

    kind: str


@dataclass(frozen=True)
class TextFacts:
    """What one look at every byte of a text file says; lines are those outside of quotes."""

    encoding: str
    has_one_line_end: bool
    empty_lines: int
    line_count: int | None  # None where it was not counted (UTF-16)
    blanks: str  # the kinds of blank that cells may have at their edges, and the controls that they may have
    longest_line: int | None = None  # bytes; None where quotes may hold line ends, or it was not looked for
    has_hash: bool = True  # whether one of `value_sql.ERROR_SIGNS` stands anywhere; not looked for in UTF-16
    has_odd: bool = True  # whether one of `odd_texts.SIGNS` does
    has_dos_end: bool = False  # whether the byte by which DOS ends a text stands at its end
    is_presumed: bool = False  # from the beginning alone


def sniff(path: Path) -> Container:
    """What the file is. Raises `SetAside` when it is nothing that can be read, or announces too much to unpack."""
    with path.open("rb") as stream:
        start = stream.read(START_BYTES)
    if not start:
        raise SetAside(f"Le fichier est vide (0 octet). {SEND}")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_container(path)
    if start.startswith(_OLE):
        if _is_encrypted_ole(path):
            _refuse_encrypted()
        if sentence := refused_ole(scanned_ole(path, CHUNK)):
            raise SetAside(sentence)
        return Container("xls")
    if sentence := refused_start(start):
        raise SetAside(sentence)
    return Container("csv")


def _refuse_encrypted() -> NoReturn:
    raise SetAside("Le classeur est protégé par un mot de passe : il ne peut pas être lu. L'envoyer sans protection.")


def _is_encrypted_ole(path: Path) -> bool:
    """An encrypted XLSX is an OLE file with a stream of this name (MS-OFFCRYPTO 1.3.2); an encrypted XLS has a
    FILEPASS record behind the first record of its workbook (MS-XLS 2.4.117), where the reader sees only noise."""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            joined = tail + chunk
            if _ENCRYPTED_PACKAGE in joined or _FILEPASS.search(joined):
                return True
            tail = joined[-64:]
    return False


_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FILEPASS = re.compile(rb"\x09\x08(?:\x10\x00.{16}|\x08\x00.{8})(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)


def refuse_unbounded(path: Path) -> None:
    """Raise `SetAside` for a ZIP whose directory announces more than is allowed, or what no honest one does.

    `zipfile` raises for what cannot be read at all.
    """
    size = _directory_bytes(path)
    if size > MAX_DIRECTORY_BYTES:
        raise SetAside(
            f"Le sommaire du fichier compressé occupe {integer(size)} octets ; la limite est de"
            f" {integer(MAX_DIRECTORY_BYTES)}. {_ONLY_DATA}"
        )
    with zipfile.ZipFile(path) as archive:
        members = sorted(archive.infolist(), key=lambda m: m.header_offset)
    declared = sum(m.file_size for m in members)
    if len(members) > MAX_ZIP_MEMBERS or declared > MAX_UNCOMPRESSED_BYTES:
        raise SetAside(
            f"Le fichier compressé annonce {integer(declared)} octets une fois ouvert, dans"
            f" {integer(len(members))} éléments ; la limite est de {integer(MAX_UNCOMPRESSED_BYTES)} octets"
            f" et {integer(MAX_ZIP_MEMBERS)} éléments. {_ONLY_DATA}"
        )
    for member in members:
        if member.file_size > MAX_COMPRESSION_RATIO * max(member.compress_size, MIN_COMPRESSED_BYTES):
            raise SetAside(
                f"Un élément du fichier compressé ({quoted(member.filename)}) passe de"
                f" {integer(member.compress_size)} à {integer(member.file_size)} octets une fois ouvert : plus de"
                f" {integer(MAX_COMPRESSION_RATIO)} fois, ce que des données ne font pas. {_ONLY_DATA}"
            )
    for member, following in pairwise(members):
        if member.header_offset + _LOCAL_HEADER_BYTES + member.compress_size > following.header_offset:
            raise SetAside(
                f"Deux éléments du fichier compressé ({quoted(member.filename)} et {quoted(following.filename)})"
                " occupent la même place : le fichier a été fabriqué ou est abîmé. Le refaire et le renvoyer."
            )


def _directory_bytes(path: Path) -> int:
    """How large the directory at the end of a ZIP is: `zipfile` makes an object of each entry before any count."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_BYTES))
        end = stream.read()
    found = [(end.rfind(b"PK\x06\x06"), 40, 8), (end.rfind(b"PK\x05\x06"), 12, 4)]
    sizes = [int.from_bytes(end[at + skip : at + skip + width], "little") for at, skip, width in found if at >= 0]
    # All ones in the short record means: see the long one.
    return max((size for size in sizes if size != 0xFFFFFFFF), default=0)


def _zip_container(path: Path) -> Container:
    try:
        refuse_unbounded(path)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = set(part_names(archive))
            kind = _zip_kind(archive, names)
            if kind == ARCHIVE:
                return Container(kind)
            if any(m.flag_bits & 1 for m in members):
                _refuse_encrypted()
            if kind == "ods" and "META-INF/manifest.xml" in archive.namelist():
                with archive.open("META-INF/manifest.xml") as stream:
                    if b"manifest:encryption-data" in stream.read(CHUNK):
                        _refuse_encrypted()
            return Container(kind)
    except UNREADABLE_ZIP as error:
        raise SetAside(DAMAGED_ZIP) from error


def _zip_kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    mimetype = b""
    if "mimetype" in archive.namelist():
        with archive.open("mimetype") as stream:
            mimetype = stream.read(100)
    if "xl/workbook.xml" in names:  # as `part_names` has them
        return "xlsx"
    if b"opendocument.spreadsheet" in mimetype or ("content.xml" in names and "mimetype" not in names):
        return "ods"
    if sentence := refused_zip(names, mimetype):
        raise SetAside(sentence)
    return ARCHIVE


def part_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part of a document, as its format names it and in small letters -> how the file names it.

    Some programs write backslashes, or other capitals (ECMA-376 part 2, 7.2.3: they do not count).
    """
    return {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}


def looked_through(archive: zipfile.ZipFile, marks: Callable[[bytes], bool]) -> list[str]:
    """Unpack every part once, in chunks, without keeping it; those whose XML has a piece that `marks`.

    Raises `SetAside` for what may not be read. A bomb may announce small sizes: `zipfile` stops at the announced
    size and then compares the checksum, so that a part which passes here unpacks to what it announces. No office
    software writes a DTD, whose entities are how a small XML grows without end.
    """
    try:
        return [member.filename for member in archive.infolist() if _is_marked(archive, member, marks)]
    except UNREADABLE_ZIP as error:
        raise SetAside(DAMAGED_ZIP) from error


def _is_marked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, marks: Callable[[bytes], bool]) -> bool:
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    is_first, is_marked, tail = True, False, b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            if is_xml and is_first and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                raise SetAside(ENTITIES.format(part=quoted(member.filename)))
            if is_xml and not is_marked:
                is_marked = marks(tail + chunk)
                tail = chunk[-_MARK_BYTES:]
            is_first = False
    return is_marked


def presumed_facts(path: Path) -> TextFacts | None:
    """What the beginning of a text lets one expect of all of it; `None` where it is unlike what most senders send.

    That is UTF-8 with the blanks and signs seen so far, one kind of line end, and no empty line in the table.
    """
    with path.open("rb") as stream:
        start = stream.read(BEGINNING)
    text = None if wide_encoding(start) else _decoded(codecs.getincrementaldecoder("utf-8")(), start)
    if text is None:
        return None
    is_broken = any(end in quoted_part for quoted_part in start.split(b'"')[1::2] for end in (b"\n", b"\r"))
    blanks = {" ", *(c for c in (*_OTHER_BLANKS, *CONTROLS) if c in text), *("\n\r" if is_broken else "")}
    return TextFacts(
        _utf8_encoding(start),
        has_one_line_end=True,
        empty_lines=0,
        line_count=None,
        blanks="".join(sorted(blanks)),
        longest_line=None if b'"' in start else 0,
        has_hash=has_error_sign(text),
        has_odd=has_sign(text),
        is_presumed=True,
    )


def _utf8_encoding(start: bytes) -> str:
    return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"


def text_facts(path: Path) -> TextFacts:
    """Encoding and line ends of a text file, in one bounded pass. Raises `SetAside` for what is no text."""
    # It would start threads for matrices, of which there are none, and they spin for a while.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np  # not above: a workbook, which needs none of it, is read in as little time as it takes to load

    with path.open("rb") as stream:
        start = stream.read(4096)
    encoding = wide_encoding(start)
    if encoding:
        return TextFacts(encoding, has_one_line_end=False, empty_lines=0, line_count=None, blanks=BLANKS + CONTROLS)
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, blanks = True, {" "}
    controls = len(start) - len(start.translate(None, _CONTROLS))  # and NUL in the whole file, below
    lf = cr = crlf = empty_lines = 0
    is_inside, has_line_end_inside, tail, last, seam = False, False, b"\n", b"", ""
    text: str | None = ""
    has_quotes, has_hash, has_odd, longest, begun = False, False, False, 0, 0
    with path.open("rb") as stream:
        while chunk := stream.read(PIECE):
            text = _decoded(decoder, chunk) if is_utf8 else None
            is_utf8 = text is not None
            # Only of a text in UTF-8 does anybody ask; looking for a sign is far quicker there than for its bytes.
            blanks |= {blank for blank in _OTHER_BLANKS if blank in (text or "")}
            bytes_read = np.frombuffer(chunk, np.uint8)
            # Behind the carriage return: what is before that becomes more than 241.
            behind = (bytes_read - (_CR + 1)).min()
            lowest = bytes_read.min()
            controls += chunk.count(0) if lowest == 0 else 0
            if lowest < _TAB or behind < _SPACE - (_CR + 1) or _DELETE in chunk:
                blanks |= {control for control in CONTROLS if control.encode() in chunk}
            if text is not None:
                # To look for one byte is far quicker than for a sign: `Ã` has 0x83, an error word `#`, `:` or points.
                has_odd = has_odd or (b"\x83" in chunk and "Ã" in text) or any(sign in text for sign in SIGNS[1:])
                if not has_hash and ("…" in text or any(byte in chunk for byte in (b"#", b":", b"."))):
                    has_hash = has_error_sign(seam + text)
                seam = (seam + text[-_SEAM_CHARS:])[-_SEAM_CHARS:]
            outside = chunk
            if is_inside or b'"' in chunk:
                has_quotes = True
                pieces = chunk.split(b'"')
                outside = (b'""' if is_inside else b"") + b'""'.join(pieces[is_inside::2])
                is_inside ^= len(pieces) % 2 == 0
                has_line_end_inside |= any(chunk.count(end) > outside.count(end) for end in (b"\n", b"\r"))
            joined = tail + outside
            codes = np.frombuffer(joined, np.uint8)
            ends = np.flatnonzero(codes == _LF)
            new_ends = ends[ends >= len(tail)]
            lengths = np.diff(ends)
            # A line end straight after another one is an empty line; the second is new in this chunk.
            is_empty = (lengths == len(b"\n")) | ((lengths == len(b"\r\n")) & (codes[ends[1:] - 1] == _CR))
            empty_lines += int(np.count_nonzero(is_empty & (ends[1:] >= len(tail))))
            lf += len(new_ends)
            cr += int(np.count_nonzero(codes[len(tail) :] == _CR))
            crlf += int(np.count_nonzero(codes[new_ends - 1] == _CR))
            begun += len(outside)
            if len(new_ends):
                longest = max(longest, begun - (len(codes) - int(new_ends[0])), int(lengths.max(initial=1)) - 1)
                begun = len(codes) - 1 - int(new_ends[-1])
            tail, last = joined[-2:], chunk[-1:]
    if controls:
        raise SetAside(f"Le fichier contient des octets qui ne sont pas du texte ({integer(controls)}). {SEND}")
    if is_utf8 and _decoded(decoder, b"", is_final=True) is not None:
        encoding = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    else:
        encoding = single_byte_encoding(path)
    if has_line_end_inside:
        blanks |= {"\n", "\r"}
    return TextFacts(
        encoding,
        cr == 0 or cr == crlf == lf,
        empty_lines,
        lf + (last != b"\n"),
        "".join(sorted(blanks)),
        longest_line=None if has_quotes else max(longest, begun),
        has_hash=has_hash or text is None,
        has_odd=has_odd or text is None,
        has_dos_end=_has_dos_end(path),
    )


def _has_dos_end(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - len(b"\x1a\r\n")))
        return stream.read().rstrip(b"\r\n").endswith(b"\x1a")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, is_final: bool = False) -> str | None:
    try:
        return decoder.decode(chunk, is_final)
    except UnicodeDecodeError:
        return None


_CONTROLS = bytes(c for c in range(1, 32) if c not in b"\t\n\r\x0b\x0c\x1a")
_TAB, _LF, _CR, _SPACE, _DELETE = b"\t\n\r \x7f"
_SEAM_CHARS = max(map(len, ERROR_SIGNS)) - 1
_OTHER_BLANKS = tuple(c for c in BLANKS if c not in " \n\r")
