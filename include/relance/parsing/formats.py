"""Names the formats that are not read here, by their bytes, and says how to save each anew.

A page of HTML is one of them: no library of the project reads its tables as a person sees them (spans, number formats
in styles), and a spreadsheet, which does, is at hand wherever such a page was made.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection
from pathlib import Path

from relance.parsing.encodings import start_as_text

# Enough for the comments, styles and header lines that stand before what tells a format.
START_BYTES = 1 << 16

SEND = "Envoyer un classeur XLSX ou ODS, ou un fichier CSV."
_SAVE_AS = (
    "L'ouvrir dans Excel ou LibreOffice, vérifier que le tableau y est entier, choisir « Enregistrer sous », puis le"
    " format « Classeur Excel (.xlsx) » ou « Classeur OpenDocument (.ods) », et envoyer ce nouveau fichier."
)
_SOURCE = f"Envoyer le classeur d'où vient le tableau. {SEND}"
_UNPACK = "Le décompresser et envoyer le fichier qu'il contient, ou une archive ZIP."
_ATTACHMENT = "Enregistrer la pièce jointe et envoyer la pièce jointe elle-même."
_EXPORT = "Exporter la table au format CSV (UTF-8) ou XLSX depuis le logiciel qui l'a faite, et envoyer cet export."
_APPLE = (
    "Dans Numbers, choisir « Fichier », « Exporter vers », « Excel… » (ou « CSV… », encodage « Unicode (UTF-8) »), et"
    " envoyer le fichier exporté."
)
_PAGE = (
    "une page web (HTML), même si son nom est celui d'un classeur : c'est ainsi que des outils de restitution"
    " enregistrent leurs tableaux, et des sites leurs pages d'erreur"
)

# What a file begins with, what that is, and what to do.
_SIGNATURES = (
    (b"%PDF-", "un document PDF, pas un tableau", _SOURCE),
    (b"%!PS", "un document PostScript, pas un tableau", _SOURCE),
    (b"{\\rtf", "un document RTF, pas un tableau", _SOURCE),
    (b"\x89PNG", "une image PNG, pas un tableau", _SOURCE),
    (b"\xff\xd8\xff", "une image JPEG, pas un tableau", _SOURCE),
    (b"GIF8", "une image GIF, pas un tableau", _SOURCE),
    (b"II*\x00", "une image TIFF, pas un tableau", _SOURCE),
    (b"MM\x00*", "une image TIFF, pas un tableau", _SOURCE),
    (b"\x1f\x8b", "une archive gzip, pas un tableau", _UNPACK),
    (b"BZh91AY&SY", "une archive bzip2, pas un tableau", _UNPACK),
    (b"\xfd7zXZ\x00", "une archive xz, pas un tableau", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "une archive zstd, pas un tableau", _UNPACK),
    (b"\x04\x22\x4d\x18", "une archive lz4, pas un tableau", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "une archive 7z, pas un tableau", _UNPACK),
    (b"Rar!\x1a\x07", "une archive RAR, pas un tableau", _UNPACK),
    (b"MSCF\x00", "une archive CAB, pas un tableau", _UNPACK),
    (b"PAR1", "un fichier Parquet", _EXPORT),
    (b"ARROW1\x00", "un fichier Arrow", _EXPORT),
    (b"SQLite format 3\x00", "une base de données SQLite", _EXPORT),
    (b"\x00\x01\x00\x00Standard ", "une base de données Access", _EXPORT),
    (b"\x00\x00\x02\x00", "un classeur Lotus 1-2-3 ou Quattro Pro, qui n'est pas lu ici", _SAVE_AS),
    (b"\x00\x00\x1a\x00", "un classeur Lotus 1-2-3, qui n'est pas lu ici", _SAVE_AS),
    (b"\x09\x00\x04\x00", "un classeur d'Excel 2, qui n'est pas lu ici", _SAVE_AS),
    (b"\x09\x02\x06\x00", "un classeur d'Excel 3, qui n'est pas lu ici", _SAVE_AS),
    (b"\x09\x04\x06\x00", "un classeur d'Excel 4, qui n'est pas lu ici", _SAVE_AS),
)
# Signatures that do not stand at the very beginning.
_SIGNATURES_AT = (
    (4, b"ftyp", "une photo ou une vidéo, pas un tableau", _SOURCE),
    (8, b"WEBP", "une image WebP, pas un tableau", _SOURCE),
    (8, b"DUCK", "une base de données DuckDB", _EXPORT),
    (257, b"ustar", "une archive tar, pas un tableau", _UNPACK),
)
_PDF_WITHIN = 1_024  # bytes: what may stand before `%PDF` (PDF 1.7, annex H, note 13)

_HTML = re.compile(
    r"<(?:!doctype\s+html|(?:html|head|body|table|thead|tbody|tr|td|meta|title|style|script|div|center|form|span|link"
    r"|base|font|caption|colgroup|noscript|h[1-6]|br|p|b)\b)",
    re.IGNORECASE,
)
_BEFORE_MARKUP = re.compile(r"(?:\s+|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z))+", re.DOTALL)
_JSON = re.compile(
    r"""\s*(?:\{\s*(?:"[^"\n]*"\s*:|\}\s*\Z)|\[\s*(?:\{|\[\s*[\["\d-]|\]\s*\Z|"[^"\n]*"\s*,|-?\d[\d.eE+-]*\s*,))"""
)
_SYLK_LINE = re.compile(r"(?:ID|B|C|F|P|O|NN|NE|NU|W|E)(?:;.*)?")
_SYLK_CELL = re.compile(r"^[CFB];(?:.*;)?[XY]\d+", re.MULTILINE)
_DIF = re.compile(r"TABLE\s*\r?\n\s*0\s*,\s*1\s*\r?\n", re.IGNORECASE)
_MAIL_LINE = re.compile(r"(?:From \S+@|[A-Za-z][A-Za-z0-9-]*:[ \t])")
_MAIL = re.compile(r"^(?:MIME-Version|Message-ID|Received):", re.IGNORECASE | re.MULTILINE)
_WEB_ARCHIVE = re.compile(r"multipart/related|<saved by|^snapshot-content-location:", re.IGNORECASE | re.MULTILINE)
_LATEX = re.compile(r"\s*(?:%[^\n]*\n\s*)*\\(?:documentclass|begin\{)")
# A letter of French in UTF-7 (RFC 2152): `+AOk-` is `é`.
_UTF_7 = re.compile(rb"\+A[K-P][AEIMQUYcgkosw048]-")


def refusal(what: str, to_do: str) -> str:
    return f"Le fichier est {what}. {to_do}"


def refused_start(start: bytes) -> str | None:
    """The sentence for a file whose first `START_BYTES` are those of a format that is not read; else `None`."""
    for signature, what, to_do in _SIGNATURES:
        if start.startswith(signature):
            return refusal(what, to_do)
    for at, signature, what, to_do in _SIGNATURES_AT:
        if start.startswith(signature, at):
            return refusal(what, to_do)
    if b"%PDF-" in start[:_PDF_WITHIN]:
        return refusal("un document PDF, pas un tableau", _SOURCE)
    if _is_dbase(start):
        return refusal("une table dBASE (DBF), qui n'est pas lue ici", _SAVE_AS)
    if start.isascii() and _UTF_7.search(start):
        return (
            "Le fichier est écrit dans l'encodage UTF-7, qui n'est pas lu ici : ses lettres accentuées seraient"
            " illisibles. L'enregistrer de nouveau en UTF-8 (dans Excel, « CSV UTF-8 ») et le renvoyer."
        )
    return _refused_text(start_as_text(start))


def _is_dbase(start: bytes) -> bool:
    """A version, a date, and a header as long as its fields make it (dBASE III to 7, FoxPro)."""
    if len(start) < 32 or start[0] not in b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\x8e\xcb\xf5\xfb":
        return False
    month, day, header, record = struct.unpack_from("<2xBB4xHH", start)
    return 1 <= month <= 12 and 1 <= day <= 31 and header > 32 and record > 0 and 0 in start[12:32]


def _refused_text(text: str) -> str | None:
    text = text.removeprefix("\ufeff")
    markup = _BEFORE_MARKUP.match(text)
    body = text[markup.end() if markup else 0 :]
    if _HTML.match(body):
        return refusal(_PAGE, _SAVE_AS)
    if text.lstrip().startswith(("<?xml", "<!--")) or re.match(r"<!DOCTYPE|<[\w:.-]+\s+(?:[\w.-]+:)?[\w.-]+\s*=", body):
        return refusal(*_named_xml(text))
    if _JSON.match(text):
        return refusal("du JSON, pas un tableau", _EXPORT)
    if text.startswith("ID;P") and _is_sylk(text):
        return refusal("une feuille SYLK (.slk), qui n'est pas lue ici", _SAVE_AS)
    if _DIF.match(text):
        return refusal("une feuille DIF, qui n'est pas lue ici", _SAVE_AS)
    if _MAIL_LINE.match(text.lstrip()):
        headers = re.split(r"\r?\n\r?\n", text.lstrip(), maxsplit=1)[0]
        if _MAIL.search(headers) and _WEB_ARCHIVE.search(headers):
            return refusal("une page web archivée (MHTML), qui n'est pas lue ici", _SAVE_AS)
        if _MAIL.search(headers):
            return refusal("un courriel, pas un tableau", _ATTACHMENT)
    if _LATEX.match(text):
        return refusal("un document LaTeX, pas un tableau", _SOURCE)
    return None


def _named_xml(text: str) -> tuple[str, str]:
    for sign, what, to_do in (
        ("urn:schemas-microsoft-com:office:spreadsheet", "une « Feuille de calcul XML 2003 », qui n'est pas lue ici",
         _SAVE_AS),
        ('progid="Excel.Sheet"', "une « Feuille de calcul XML 2003 », qui n'est pas lue ici", _SAVE_AS),
        ("opendocument.spreadsheet", "un classeur OpenDocument « à plat » (FODS), qui n'est pas lu ici", _SAVE_AS),
        ("urn:oasis:names:tc:opendocument", "un document OpenDocument « à plat », pas un classeur", _SOURCE),
        ("schemas.microsoft.com/office/word", "un document Word (XML), pas un tableau", _SOURCE),
        ("schemas.microsoft.com/office/2006/xmlPackage", "un document Office (XML), pas un classeur", _SOURCE),
        ("http://www.w3.org/2000/svg", "une image SVG, pas un tableau", _SOURCE),
        ("http://www.w3.org/1999/xhtml", _PAGE, _SAVE_AS),
    ):  # fmt: skip
        if sign in text:
            return what, to_do
    return "un fichier XML, qui n'est pas lu ici", _EXPORT


def _is_sylk(text: str) -> bool:
    """Whether all lines are records of SYLK and one is a cell: a CSV may well begin with `ID;Projet`."""
    lines = text.splitlines()
    whole = lines if len(text) < START_BYTES else lines[:-1]
    return all(_SYLK_LINE.fullmatch(line) for line in whole if line) and bool(_SYLK_CELL.search(text))


# -- ZIP

_PARTS = {
    "xl/workbook.bin": ("un classeur XLSB, qui n'est pas lu ici", _SAVE_AS),
    "word/document.xml": ("un document Word, pas un tableau", _SOURCE),
    "ppt/presentation.xml": ("une présentation PowerPoint, pas un tableau", _SOURCE),
    "visio/document.xml": ("un dessin Visio, pas un tableau", _SOURCE),
}
_MIME_TYPES = {
    b"vnd.sun.xml.calc": ("un classeur d'OpenOffice 1 (SXC), qui n'est pas lu ici", _SAVE_AS),
    b"opendocument": ("un document OpenDocument, mais pas un classeur", _SOURCE),
    b"vnd.sun.xml": ("un document d'OpenOffice 1, mais pas un classeur", _SOURCE),
    b"epub": ("un livre EPUB, pas un tableau", _SOURCE),
}


def refused_zip(names: Collection[str], mimetype: bytes) -> str | None:
    """The sentence for a document in a ZIP that is not read, by the names of its parts, in small letters, and its type.

    `None` for other ZIPs.
    """
    for name, (what, to_do) in _PARTS.items():
        if name.lower() in names:
            return refusal(what, to_do)
    for sign, (what, to_do) in _MIME_TYPES.items():
        if sign in mimetype:
            return refusal(what, to_do)
    if _is_apple(names):
        return refusal("un document Apple (Numbers, Pages ou Keynote), qui n'est pas lu ici", _APPLE)
    return None


def _is_apple(names: Collection[str]) -> bool:
    """A document of iWork: its parts, or the folder that macOS shows as one file, packed as such."""
    tops = {name.split("/", 1)[0] for name in names if not name.startswith("__macosx/")}
    if len(tops) == 1 and next(iter(tops)).endswith((".numbers", ".pages", ".key")):
        return True
    is_packed = any(name == "index.zip" or (name.startswith("index/") and name.endswith(".iwa")) for name in names)
    return is_packed or "index.apxl" in names or {"index.xml", "buildversionhistory.plist"} <= set(names)


# -- OLE: the container of the documents of Office before 2007

_STREAM = 2
_CLASSES = {  # of the root, where its program states one: any document may have others embedded
    "00020906": ("un document Word, pas un tableau", _SOURCE),
    "64818d10": ("une présentation PowerPoint, pas un tableau", _SOURCE),
    "00020d0b": ("un courriel d'Outlook (MSG), pas un tableau", _ATTACHMENT),
}
_STREAMS = {
    "WordDocument": _CLASSES["00020906"],
    "PowerPoint Document": _CLASSES["64818d10"],
    "__properties_version1.0": _CLASSES["00020d0b"],
    "VisioDocument": ("un dessin Visio, pas un tableau", _SOURCE),
}
_OTHER_OLE = (
    "un document d'une ancienne version d'Office, qui ne contient pas de classeur",
    _SOURCE,
)


def _entry(name: str, kind: int = _STREAM) -> bytes:
    """How an entry of the directory begins: name, its length and what it is (MS-CFB 2.6.1)."""
    encoded = name.encode("utf-16-le") + b"\0\0"
    return encoded.ljust(64, b"\0") + struct.pack("<HB", len(encoded), kind)


_ROOT_BYTES = 128
# Not compiled here: hardly anybody sends such a document.
_OLE_ENTRY = (
    b"(?s)(?P<root>" + re.escape(_entry("Root Entry", 5)) + b".{61})|(?P<book>"
    + b"|".join(re.escape(_entry(name)) for name in ("Workbook", "Book", "WORKBOOK", "BOOK"))
    + b")|(?P<stream>" + b"|".join(re.escape(_entry(name)) for name in _STREAMS) + b")"
)  # fmt: skip


def refused_ole(entries: Collection[re.Match[bytes]]) -> str | None:
    """The sentence for an OLE document that is no workbook, by the entries of its directory found; else `None`."""
    found: dict[str, bytes] = {}
    for entry in entries:
        found.setdefault(str(entry.lastgroup), entry[0])
    if "root" not in found:
        return None  # cut off or damaged, which its reader says
    number = int.from_bytes(found["root"][80:84], "little")
    if named := _CLASSES.get(f"{number:08x}"):
        return refusal(*named)
    if "book" in found:
        return None
    if "stream" in found:
        name = found["stream"][:64].decode("utf-16-le").rstrip("\0")
        return refusal(*_STREAMS[name])
    return refusal(*_OTHER_OLE)


def scanned_ole(path: Path, chunk_bytes: int) -> list[re.Match[bytes]]:
    """The entries of an OLE directory that tell what it is; the file is read once, in pieces."""
    found: list[re.Match[bytes]] = []
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(chunk_bytes):
            joined = tail + chunk
            found += re.finditer(_OLE_ENTRY, joined)
            tail = joined[-_ROOT_BYTES:]
    return found
