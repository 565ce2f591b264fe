"""Formats, encodings and texts as the field sends them: read, or refused by a sentence that names what was found.

The files of `../shared` are samples; beside each kind stand cases of its own that are made here.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from relance.parsing import odd_texts, parse_documents, parse_object, value_sql, wording, workbook_reader
from relance.parsing.container import text_facts
from relance.parsing.delimited import DelimitedText
from relance.parsing.set_aside import SetAside
from tests.conftest import PROJECT
from tests.unit.parsing.conftest import Parsed
from tests.unit.parsing.test_dossier import document

FIELD_CASES = PROJECT.parent / "shared" / "data" / "field-cases"
COVER = "Code du ministère;COT\r\nPériode;2021-T2\r\n\r\n"
EXECUTION = "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€);Observations\r\n"
AWARDS = (
    "N° de subvention;Ligne du fonds;Axe (ITN7);Guichet ou appel à projets;Bénéficiaire;SIRET du bénéficiaire;"
    "Intitulé du projet;Date de décision;Coût total du projet (€);Montant accordé (€)\r\n"
)
TABLE = "<table><tr><td>Code du minist&egrave;re</td><td>COT</td></tr></table>"


def award(number: int, beneficiary: str, call: str = "AAP") -> str:
    return f"A{number};ITN7;1;{call};{beneficiary};99900014400017;Projet {number};15/04/2021;9;3\r\n"


def field_case(name: str) -> Path:
    if not FIELD_CASES.is_dir():
        pytest.skip("the field cases (../shared/data/field-cases) are not beside this checkout")
    return FIELD_CASES / name


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def ole(*streams: str, root_class: str = "0" * 8) -> bytes:
    """The beginning of an OLE document: its header, and a directory with a root and streams of these names."""

    def entry(name: str, kind: int) -> bytes:
        encoded = name.encode("utf-16-le") + b"\0\0"
        start = encoded.ljust(64, b"\0") + struct.pack("<HB", len(encoded), kind)
        return start.ljust(80, b"\0") + int(root_class, 16).to_bytes(4, "little") + b"\0" * 44

    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return header + entry("Root Entry", 5) + b"".join(entry(name, 2) for name in streams)


DBASE = b"\x03" + bytes([121, 6, 30]) + struct.pack("<IHH", 1, 65, 11) + b"\0" * 20 + b"NOM".ljust(32, b"\0") + b"\r"
SYLK = 'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"Code"\r\nC;X2;K3\r\nE\r\n'
MAIL = "Message-ID: <1@exemple.fr>\r\nSubject: FITN\r\n\r\nCi-joint."
WEB_ARCHIVE = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x"

OTHER_FORMATS: dict[str, tuple[bytes, str]] = {
    "html with comments first": (f"\r\n<!-- outil\n -->\n<!-- 2 -->{TABLE}".encode(), "page web (HTML)"),
    "html in UTF-16": (f"\ufeff<html>{TABLE}".encode("utf-16-le"), "page web (HTML)"),
    "html in UTF-16 without its mark": (f"<HTML>{TABLE}".encode("utf-16-be"), "page web (HTML)"),
    "html behind an XML declaration": (f'<?xml version="1.0"?><html>{TABLE}'.encode(), "page web (HTML)"),
    "html that begins with its style": (b"<style>td{mso-number-format:0}</style>" + TABLE.encode(), "page web (HTML)"),
    "an error page": (b"<br />\n<b>Warning</b>: session", "page web (HTML)"),
    "XML 2003 without its instruction": (
        b'<?xml version="1.0"?>\n<ss:Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "Feuille de calcul XML 2003",
    ),
    "XML 2003 in UTF-16": (
        '\ufeff<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'.encode("utf-16-le"),
        "Feuille de calcul XML 2003",
    ),
    "a flat text document": (
        b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        b' office:mimetype="application/vnd.oasis.opendocument.text"/>',
        "un document OpenDocument",
    ),
    "other XML": (b'<?xml version="1.0"?><rows><row/></rows>', "un fichier XML"),
    "other XML without declaration": (b'<export date="2021-06-30"><row/></export>', "un fichier XML"),
    "JSON of an object": (b'{\n  "awards": [{"id": 1}]\n}', "du JSON"),
    "JSON in UTF-16": ('[{"award_id": "A1"}]'.encode("utf-16"), "du JSON"),
    "JSON with a mark": ('\ufeff[["A1", 3], ["A2", 4]]'.encode(), "du JSON"),
    "JSON by line": (b'{"award_id":"A1"}\n{"award_id":"A2"}\n', "du JSON"),
    "SYLK of another program": (SYLK.encode(), "une feuille SYLK"),
    "DIF": (b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,2\r\n', "une feuille DIF"),
    "dBASE": (DBASE, "une table dBASE"),
    "Lotus": (b"\x00\x00\x1a\x00\x00\x10\x04\x00" + b"\0" * 60, "un classeur Lotus"),
    "Excel 4": (b"\x09\x04\x06\x00\x00\x00\x10\x00" + b"\0" * 60, "un classeur d'Excel 4"),
    "SQLite": (b"SQLite format 3\x00" + b"\0" * 84, "une base de données SQLite"),
    "bzip2": (b"BZh91AY&SY" + b"\0" * 60, "une archive bzip2"),
    "xz": (b"\xfd7zXZ\x00\x00\x04", "une archive xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "une archive zstd"),
    "tar": (b"COT.csv".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 247, "une archive tar"),
    "a photo": (b"\x00\x00\x00\x18ftypheic" + b"\0" * 60, "une photo"),
    "PDF behind a blank line": (b"\r\n%PDF-1.7\n", "un document PDF"),
    "MHTML": (WEB_ARCHIVE.encode(), "page web archivée (MHTML)"),
    "MHTML of a browser": (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://exemple.fr\r\nMIME-Version: 1.0\r\n\r\n",
        "page web archivée (MHTML)",
    ),
    "a mail": (MAIL.encode(), "un courriel"),
    "LaTeX": (b"% tableau\n\\documentclass{article}\n", "un document LaTeX"),
    "Word before 2007": (ole("1Table", "WordDocument"), "un document Word"),
    "Word with a workbook in it": (ole("WordDocument", "Workbook", root_class="00020906"), "un document Word"),
    "a mail of Outlook": (ole("__properties_version1.0"), "un courriel d'Outlook"),
    "another document of Office": (ole("Contents"), "ne contient pas de classeur"),
    "Numbers, its folder packed": (zipped(**{"FITN.numbers/Index.zip": b"x"}), "Apple (Numbers"),
    "Numbers of 2009": (zipped(**{"index.xml": b"x", "buildVersionHistory.plist": b"x"}), "Apple (Numbers"),
    "OpenOffice 1": (zipped(mimetype=b"application/vnd.sun.xml.calc", **{"content.xml": b"<x/>"}), "(SXC)"),
    "UTF-7": ("Code du ministère;COT\nPériode;2021-T2\n".encode("utf-7"), "UTF-7"),
}
# What each sentence says to do.
TO_DO = ("Enregistrer", "enregistrer", "Enregistrer sous", "Exporter", "exporté", "décompresser", "Envoyer")


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_what_is_not_read_is_refused_by_its_name(parse: Any, name: str) -> None:
    content, named = OTHER_FORMATS[name]
    facts = parse(content).facts
    assert facts["outcome"] == "set_aside"
    assert named in facts["reason"]
    assert any(words in facts["reason"] for words in TO_DO)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("html-bom.xls", "page web (HTML)"),
        ("html-meta-first.xls", "page web (HTML)"),
        ("html-table-no-doctype.xls", "page web (HTML)"),
        ("spreadsheetml-2003.xls", "Feuille de calcul XML 2003"),
        ("flat.fods", "(FODS)"),
        ("sylk.slk", "une feuille SYLK"),
        ("json.csv", "du JSON"),
        ("numbers-document.numbers", "Apple (Numbers"),
        ("COT_2021-T3_cp850.csv", "DOS (CP850 ou CP437, le format « CSV (MS-DOS) » d'Excel)"),
        ("COT_2021-T3_whole-line-quoted.csv", "Chaque ligne est entre guillemets (ligne 4"),
    ],
)
def test_a_field_case_is_refused_by_the_name_of_what_it_is(parse: Any, name: str, named: str) -> None:
    facts = parse(field_case(name)).facts
    assert facts["outcome"] == "set_aside"
    assert named in facts["reason"]
    assert any(words in facts["reason"] for words in TO_DO)


@pytest.mark.parametrize(
    "first",
    ["ID;Projet;Observations", "[Suivi] exécution;(1)", "< 5 M€;> 5 M€", "From: la DINUM;", "TABLE;0,1", "BZh;",
     "{Suivi};", "<Suivi> de l'exécution;", "%PDF;", '["Suivi"];', "Date: 30/06/2021;", "PAR;1"],
)  # fmt: skip
def test_a_title_that_looks_like_another_format_is_a_title(parse: Any, first: str) -> None:
    parsed = parse(f"{first}\r\n{COVER}{EXECUTION}A1;1;1;\r\n")
    assert (parsed.facts["reason"], len(parsed.rows("execution"))) == (None, 1)


def test_a_workbook_with_a_document_in_it_is_a_workbook(tmp_path: Path) -> None:
    from relance.parsing.container import sniff

    path = tmp_path / "object"
    for content in (ole("Workbook", "WordDocument"), ole("WordDocument", "Book", root_class="00020820")):
        path.write_bytes(content)
        assert sniff(path).kind == "xls"


# -- encodings

FRENCH = f"{COVER}{EXECUTION}A1;1;1;L'été à Béziers\r\n".replace("€", "EUR")


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (FRENCH, "cp850", "DOS (CP850"),
        (FRENCH, "cp437", "DOS (CP850"),
        (FRENCH, "mac_roman", "Macintosh (MacRoman"),
        ("Suivi\nVille de Béziers\n", "cp850", "« B\u201aziers » au lieu de « Béziers »"),
        ("Suivi\n\n\nVille de Béziers\n", "mac_roman", "à la ligne 4, « BŽziers » au lieu de « Béziers »"),
        ("Suivi;N° 5\n", "cp850", "DOS (CP850"),
        ("Suivi;N° 5\n", "mac_roman", "Macintosh (MacRoman"),
        ("Suivi;l’oubli\n", "mac_roman", "Macintosh (MacRoman"),
        ("École;Montant accordé\n", "cp850", "DOS (CP850"),
        ("École;Montant accordé\n", "mac_roman", "Macintosh (MacRoman"),
        ("Montant accordé;1\n", "cp850", "DOS (CP850"),
        ("Montant accordé;1\n", "mac_roman", "Macintosh (MacRoman"),
        ("MINISTÈRE;TRÉSOR\n", "cp850", "DOS (CP850"),
        ("1\u00a0200\n", "cp850", "DOS (CP850"),
        ("1\u00a0200\n", "mac_roman", "Macintosh (MacRoman"),
    ],
)
def test_a_text_of_dos_or_of_a_macintosh_is_refused_by_the_name_of_its_encoding(
    tmp_path: Path, text: str, encoding: str, named: str
) -> None:
    path = tmp_path / "object"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(SetAside) as refused:
        text_facts(path)
    assert named in str(refused.value)
    assert "CSV UTF-8" in str(refused.value)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_its_place_does_not_depend_on_how_the_text_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("relance.parsing.encodings.CHUNK", chunk)
    path = tmp_path / "object"
    path.write_bytes("abc\nSuivi\n\nVille de Béziers\n".encode("cp850"))
    with pytest.raises(SetAside, match="à la ligne 4, « B\u201aziers » au lieu de « Béziers »"):
        text_facts(path)


@pytest.mark.parametrize(
    "text",
    [
        "l’été, « œuvre » – 3 € – n° 5 § 2 … 5 ‰ et l’Œuvre…",
        "“cité” dite \u2018citée’ ; agent•e•s ; Paris–Lyon ; franco–allemand ; fin — suite",
        "Montant en k€ ; M€ ; 12€ ; marque™ ; note† ; L’HAŸ-LES-ROSES ; Škoda ; Žižek ; Tomaš",
        "MINISTÈRE DE L’ÉCONOMIE, CHÂTEAU, Ça, À, ÎLE, NOËL, Û ; SOCIéTé",
        "DémarchesÉ ; Straße ; Malmö ; Søren ; Nøklegård ; señor ; ¡hola! ; L’Haÿ 94",
    ],
)
def test_no_french_text_of_windows_is_taken_for_another_encoding(tmp_path: Path, text: str) -> None:
    path = tmp_path / "object"
    path.write_bytes((text + "\n").encode("cp1252"))
    assert text_facts(path).encoding == "cp1252"


def test_a_text_of_two_encodings_of_one_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes("cumulées\n".encode("cp1252") + "Béziers\n".encode("cp850"))
    with pytest.raises(SetAside, match=r"mélange deux encodages \(Windows-1252 et DOS.*ligne 2"):
        text_facts(path)


def test_an_encoding_that_nobody_knows_is_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes(b"abc\nx\x81y\x8fz\x9d\n")
    with pytest.raises(SetAside, match=r"n'est pas reconnu.*ligne 2"):
        text_facts(path)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_read(parse: Any, encoding: str) -> None:
    parsed = parse(FRENCH.encode(encoding))
    assert parsed.facts["format"]["encoding"] == encoding
    assert [row["comment"] for row in parsed.rows("execution")] == ["L'été à Béziers"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_zero_in_a_text_is_said(parse: Any, encoding: str) -> None:
    parsed = parse(f"{COVER}{EXECUTION}A1;1;1;a\x00b\r\nA2;1;1;x\r\n".encode(encoding))
    assert parsed.facts["outcome"] == "set_aside"
    assert "pas du texte" in parsed.facts["reason"]


# -- the end of a text of DOS


def test_the_field_case_with_the_end_of_dos_is_read(parse: Any) -> None:
    parsed = parse(field_case("COT_2021-T3_dos-eof.csv"))
    rows = parsed.rows("execution")
    assert [(r["award_id"], r["paid_eur"]) for r in rows] == [
        ("COT-2021-0001", Decimal("1200.00")), ("COT-2021-0002", Decimal("100.00")),
    ]  # fmt: skip
    assert (rows[0]["last_payment_on"], parsed.facts["notes"]) == (dt.date(2021, 4, 15), [])
    assert parsed.facts["tables"]["execution"]["rows_in"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a", "\r\n\x1a\r\n", "\x1a\x1a\x1a"])
def test_the_byte_that_ends_a_text_of_dos_is_no_cell(parse: Any, encoding: str, end: str) -> None:
    parsed = parse(f"{COVER}{EXECUTION}A1;1;1;reçu{end}".encode(encoding))
    assert [row["comment"] for row in parsed.rows("execution")] == ["reçu"]
    assert parsed.facts["tables"]["execution"]["rows_in"] == 1


# -- lines in quotes


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_lines_in_quotes_are_said_to_be_so(parse: Any, delimiter: str) -> None:
    lines = (EXECUTION + 'A1;1;1;"Ville ""X"", siège"\r\n').replace(";", delimiter).splitlines()
    quoted = "".join('"' + line.replace('"', '""') + '"\r\n' for line in lines)
    reason = parse(COVER + quoted).facts["reason"]
    assert "Chaque ligne est entre guillemets (ligne 4" in reason
    assert f"séparateur : {DelimitedText(Path(), None, delimiter).delimiter_name}" in reason  # type: ignore[arg-type]


def test_lines_of_which_only_some_are_in_quotes_are_said_to_be_so(parse: Any) -> None:
    # A spreadsheet whose separator is the comma quotes only the lines that have one.
    reason = parse(f'{COVER}{EXECUTION}A1;1;1;\r\n"A2;1,5;1,2;"\r\n').facts["reason"]
    assert "Chaque ligne est entre guillemets (ligne 6" in reason


def test_a_footnote_in_quotes_is_a_footnote(parse: Any) -> None:
    parsed = parse(f'{COVER}{EXECUTION}A1;1;1;\r\nA2;1;1;\r\n"Note : AE ; CP au 30 juin."\r\n')
    assert (parsed.facts["reason"], len(parsed.rows("execution"))) == (None, 2)


# -- error words


def test_no_error_word_of_the_field_case_is_a_beneficiary(parse: Any) -> None:
    parsed = parse(field_case("COT_2021-T3_error-words.csv"))
    assert parsed.rows("awards") == []
    assert {(r["column_name"], r["rule"]) for r in parsed.rejects("awards")} == {("Bénéficiaire", "error-cell")}
    assert len(parsed.rejects("awards")) == 19


WORDS = [
    "#ERREUR!", "#WERT!", "#¡REF!", "#BEZUG!", "#UNBEKANNT!", "#N/A Requesting Data...", "Err:508", "Err :502",
    "Chargement...", "Loading…", "#BUSY!", "#PYTHON!", "#NAAM?", "#GETTING_DATA", "#EXTERNAL!", "#ЗНАЧ!",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_an_error_word_is_no_text(parse: Any, word: str) -> None:
    parsed = parse(COVER + AWARDS + award(1, word) + award(2, "Ville", call=word) + award(3, "Ville"))
    assert [(r["row_number"], r["rule"]) for r in parsed.rejects("awards")] == [(5, "error-cell")]
    # In an optional text it takes nothing of the row with it, and is said with its place.
    rows = {row["award_id"]: row for row in parsed.rows("awards")}
    assert (rows["A2"]["call_name"], rows["A2"]["awarded_eur"], rows["A3"]["call_name"]) == (None, 3, "AAP")
    [told] = parsed.corrections("awards")
    assert (told["row_number"], told["value_sent"], told["value_read"], told["rule"]) == (6, word, None, "error-text")
    assert told["sentence"].startswith("Ligne 6, colonne « Guichet ou appel à projets » : « ")
    assert "lue comme vide" in told["sentence"]


@pytest.mark.parametrize(
    "name",
    ["#NousToutes", "#1jeune1solution", "Projet # 5 !", "Erreur 404", "Erratum: 502 pages", "#NOUSTOUTES !",
     "Et après...", "Loading Bay", "#Numérique !", "N/A Conseil", "C#"],
)  # fmt: skip
def test_a_name_with_signs_is_a_name(parse: Any, name: str) -> None:
    parsed = parse(COVER + AWARDS + award(1, name, call=name))
    assert [(r["beneficiary_name"], r["call_name"]) for r in parsed.rows("awards")] == [(name, name)]
    assert parsed.facts["notes"] == []


def test_many_damaged_letters_are_counted_and_some_shown(parse: Any) -> None:
    parsed = parse(COVER + AWARDS + "".join(award(n, "Ville", call="B\ufffdziers") for n in range(1, 10)))
    [note] = parsed.facts["notes"]
    assert note.startswith("9 cellules avec une lettre perdue, remplacée par « \ufffd » (ligne 5, ")
    assert "ligne 9, " in note
    assert "ligne 10, " not in note
    assert " ; et 4 autres). " in note


# -- damaged letters


def test_the_damaged_names_of_the_field_case_are_said(parse: Any) -> None:
    parsed = parse(field_case("COT_2021-T3_mojibake.csv"))
    [lost] = parsed.facts["notes"]
    assert "ligne 6, colonne « Bénéficiaire », « Ville de B\ufffdziers (fictive) »" in lost
    # The figures count, and nothing is repaired without a word.
    assert [row["beneficiary_name"] for row in parsed.rows("awards")] == [
        "Ville de Béziers (fictive)", "Ville de B\ufffdziers (fictive)",
    ]  # fmt: skip
    [reread] = parsed.corrections("awards")
    assert (reread["row_number"], reread["value_sent"], reread["value_read"], reread["rule"]) == (
        5, "Ville de BÃ©ziers (fictive)", "Ville de Béziers (fictive)", "reread",
    )  # fmt: skip


MISREAD = {
    "l’été": ("lâ€™Ã©tÃ©", "l\u201aÄô√©t√©", "lÔÇÖ├®t├®"),
    "Béziers": ("BÃ©ziers", "B√©ziers", "B├®ziers", "BÃƒÂ©ziers"),
    "déjà vu": ("dÃ©jÃ vu", "dÃ©jÃ\u00a0vu"),
    "cœur à 3 €": ("cÅ“ur Ã\u00a0 3 â\u201a¬",),
}
# Those that become the text meant as a whole.
PROVED = ("lâ€™Ã©tÃ©", "BÃ©ziers", "BÃƒÂ©ziers", "dÃ©jÃ\u00a0vu", "cÅ“ur Ã\u00a0 3 â\u201a¬")


@pytest.mark.parametrize(("meant", "sent"), [(meant, sent) for meant, forms in MISREAD.items() for sent in forms])
def test_letters_that_were_misread_are_said_with_what_was_meant(parse: Any, meant: str, sent: str) -> None:
    parsed = parse(COVER + AWARDS + award(1, sent) + award(2, "São Paulo, CHÂTEAU, À"))
    meant = meant.replace("déjà vu", "déjà vu" if "\u00a0" not in sent else "déjàvu")
    if sent in PROVED:
        assert [one["value_read"] for one in parsed.corrections("awards")] == [meant]
        assert [row["beneficiary_name"] for row in parsed.rows("awards")] == [meant, "São Paulo, CHÂTEAU, À"]
        assert parsed.facts["notes"] == []
        return
    [note] = parsed.facts["notes"]
    assert "1 cellule avec des lettres abîmées" in note
    assert f"(ligne 5, colonne « Bénéficiaire », « {' '.join(sent.split())} » pour « {meant} »)" in note


@pytest.mark.parametrize("sign", ["\u200e", "\u202a", "\u202e"])
def test_marks_that_nobody_sees_are_said(parse: Any, sign: str) -> None:
    [note] = parse(COVER + AWARDS + award(1, f"Ville{sign} X")).facts["notes"]
    assert "1 cellule avec des caractères invisibles" in note
    assert "« Ville\ufffd X »" in note


def test_damaged_cells_of_a_workbook_are_said_with_their_sheet(parse: Any) -> None:
    book = openpyxl.Workbook()
    cover = book.create_sheet("Couverture")
    for row in (("Code du ministère", "COT"), ("Période", "2021-T2")):
        cover.append(row)
    sheet = book.create_sheet("Exécution")
    sheet.append(EXECUTION.strip().split(";"))
    sheet.append(["A1", 1, 1, "reÃ§u"])
    sheet.append(["A2", 1, 1, "Loading..."])
    stream = io.BytesIO()
    book.save(stream)
    told = [one["sentence"].split(" : «")[0] for one in parse(stream.getvalue()).corrections("execution")]
    assert told == [
        "Feuille « Exécution », ligne 2, colonne « Observations »",
        "Feuille « Exécution », ligne 3, colonne « Observations »",
    ]


def test_a_header_that_is_damaged_is_said_to_be_so(parse: Any) -> None:
    reason = parse((COVER + EXECUTION).encode().decode("cp1252") + "A1;1;1;\r\n").facts["reason"]
    assert "Des lettres sont abîmées (ligne 1 : « Code du ministÃ¨re » pour « Code du ministère »)" in reason


def test_the_reader_of_workbooks_looks_for_the_same_signs() -> None:
    assert (workbook_reader.ODD, workbook_reader.ERRORS) == (odd_texts.SIGNS, value_sql.ERROR_SIGNS)
    assert (workbook_reader.BLANKS, workbook_reader.CONTROLS) == (wording.BLANKS, wording.CONTROLS)


@pytest.mark.parametrize("word", [*WORDS, "#REF!", "#N/A", "Err\u00a0:502", "Err\u202f: 502", "#ERROR!"])
def test_the_sign_of_an_error_word_is_seen_however_a_text_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    path = tmp_path / "object"
    path.write_text(f"abc;{word};def\n", encoding="utf-8")
    for piece in range(1, 16):
        monkeypatch.setattr("relance.parsing.container.PIECE", piece)
        assert text_facts(path).has_hash
    path.write_text("Objet : à l’hôtel ; fin. À 12:30\n", encoding="utf-8")
    assert not text_facts(path).has_hash


def test_every_misread_letter_but_a_few_shows_by_a_sign() -> None:
    seen = {odd_texts.intended(sent) for sent in odd_texts._INTENDED if any(s in sent for s in odd_texts.SIGNS)}
    assert set("àâäçéèêëîïôöùûüÀÉÈÊÇÔ") <= seen


def test_odd_texts_of_dossiers_are_said_each_with_its_own(tmp_path: Path) -> None:
    documents = {
        "plain": document(number=1001),
        "word": document({"Guichet ou appel à projets": {"choice": "#REF!"}}, number=1002),
        "misread": document({"Intitulé du projet": {"text": "lâ€™Ã©tÃ©"}}, number=1003),
        "lost": document({"Intitulé du projet": {"text": "l\ufffdété"}}, number=1004),
    }
    for name, content in documents.items():
        (tmp_path / name).write_text(content)
    hashes = {name: sha256(content.encode()).hexdigest() for name, content in documents.items()}
    parse_documents([(tmp_path / name, hashes[name]) for name in documents], tmp_path / "together")
    for name, noted, corrected in (
        ("plain", [], []),
        ("word", [], [("Dossier 1002, champ « Guichet ou appel à projets »", "#REF!", None)]),
        ("misread", [], [("Dossier 1003, champ « Intitulé du projet »", "lâ€™Ã©tÃ©", "l’été")]),
        ("lost", ["dossier 1004, champ « Intitulé du projet », « l\ufffdété »"], []),
    ):
        together = parse_object(tmp_path / name, hashes[name], "application", tmp_path / "together").facts
        alone = Parsed(parse_object(tmp_path / name, hashes[name], "application", tmp_path / "alone"))
        assert (together, [note.split("(")[1].split(")")[0] for note in alone.facts["notes"]]) == (alone.facts, noted)
        told = alone.corrections("applications")
        assert [(one["sentence"].split(" : ")[0], one["value_sent"], one["value_read"]) for one in told] == corrected
