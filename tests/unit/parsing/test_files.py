"""Files as senders send them: containers, encodings, separators, titles, totals, footnotes, covers."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from relance.parsing import keys
from relance.parsing.container import text_facts
from relance.parsing.delimited import DelimitedText
from relance.parsing.set_aside import SetAside

COVER = [["Code du ministère", "COT"], ["Période", "2021-T2"], ["Courriel du contact", "suivi@cot.example"]]
HEADER = ["N° de subvention", "AE engagées cumulées (€)", "CP payés cumulés (€)", "Observations"]


def text(delimiter: str = ";", body: str = "A1;1 200,50;5;reçu", line_end: str = "\n") -> str:
    lines = [*(";".join(c) for c in COVER), "", ";".join(HEADER), body, ""]
    return line_end.join(lines).replace(";", delimiter)


def workbook(sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso8859-15", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_encodings_and_separators(parse: Any, encoding: str, delimiter: str) -> None:
    # The comment tells the two single-byte encodings apart: `’` exists only in Windows-1252.
    comment = {"cp1252": "l’œuvre", "iso8859-15": "l'œuvre à 3 €"}.get(encoding, "l’œuvre à 3 €")
    parsed = parse(text(delimiter, f"A1;1 200,50;5;{comment}").encode(encoding))
    assert parsed.facts["reason"] is None
    assert parsed.facts["format"]["encoding"] == encoding
    [row] = parsed.rows("execution")
    assert (row["committed_eur"], row["comment"], row["row_number"]) == (Decimal("1200.50"), comment, 6)
    assert parsed.facts["facts"] == {"ministry_code": "COT", "period": "2021-T2", "contact_email": "suivi@cot.example"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_are_numbered_by_record_whatever_the_line_ends(parse: Any, line_end: str) -> None:
    body = f'A1;1;1;"une{line_end}{line_end}observation"{line_end}A2;2;2;{line_end}A3;3;x;'
    parsed = parse(text(body=body, line_end=line_end))
    assert [r["row_number"] for r in parsed.rows("execution")] == [6, 7]
    assert [r["row_number"] for r in parsed.rejects("execution")] == [8]


def test_both_readings_of_a_text_give_the_same_bytes(parse: Any, tmp_path: Any, monkeypatch: Any) -> None:
    body = 'A1;1 234,56;5;" a ""b"" ; c "\nA2;x; 7 ;\n;;;\nA1;3;3;double\nTotal;1;1;\nA4;\u00a04;(5);'
    in_place = parse(text(body=body), root=tmp_path / "in-place")
    monkeypatch.setattr(DelimitedText, "body_in_place", lambda *_: None)
    rewritten = parse(text(body=body), root=tmp_path / "rewritten")
    assert in_place.facts == rewritten.facts
    assert in_place.facts["tables"]["execution"]["rows_in"] == 4
    for table in ("rows", "rejects"):
        name = f"execution.{table}.parquet"
        assert (in_place.file.directory / name).read_bytes() == (rewritten.file.directory / name).read_bytes()


def test_what_a_text_is_does_not_depend_on_how_it_is_cut(tmp_path: Any, monkeypatch: Any) -> None:
    path = tmp_path / "object"
    path.write_bytes(('a;"b\r\n\r\n""x"";é";c\r\n\r\n"";"œ";\u00a0d\r\n' * 40).encode())
    whole = text_facts(path)
    assert (whole.line_count, whole.empty_lines, whole.has_one_line_end) == (120, 40, True)
    # With quotes a record may hold line ends: how long the longest is, lines do not say.
    assert whole.longest_line is None
    for piece in (1, 2, 3, 5):
        monkeypatch.setattr("relance.parsing.container.PIECE", piece)
        assert text_facts(path) == whole


def test_two_encodings_are_seen_however_a_text_is_cut(tmp_path: Any, monkeypatch: Any) -> None:
    # Each chunk is of eight bytes, and the letter in UTF-8 begins at each place of one.
    monkeypatch.setattr("relance.parsing.encodings.CHUNK", 8)
    path = tmp_path / "object"
    for before in range(16):
        path.write_bytes("é;".encode("cp1252") + b"x" * before + "é\n".encode())
        with pytest.raises(SetAside, match="mélange deux encodages"):
            text_facts(path)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "à la fin, sans fin de ligne : la plus longue de toutes"])
def test_the_longest_line_does_not_depend_on_how_a_text_is_cut(
    tmp_path: Any, monkeypatch: Any, end: str, last: str
) -> None:
    lines = ["premier", "", "un peu plus long que les autres", "", "", "œ;é", last]
    path = tmp_path / "object"
    path.write_bytes(end.join(lines).encode())
    longest = max(len((line + end[:-1]).encode()) for line in lines[:-1])
    for piece in (1, 2, 3, 5, 7, 1 << 20):
        monkeypatch.setattr("relance.parsing.container.PIECE", piece)
        facts = text_facts(path)
        assert facts.longest_line == max(longest, len(last.encode()))
        assert facts.empty_lines == 3


def test_a_regular_text_is_read_where_it_lies(parse: Any, monkeypatch: Any) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("rewritten without need")

    monkeypatch.setattr(DelimitedText, "body", refused)
    assert parse(text(line_end="\r\n")).facts["tables"]["execution"]["rows_in"] == 1


def test_rows_keep_their_numbers_when_several_threads_read_them(parse: Any, tmp_path: Any) -> None:
    # Many chunks of DuckDB (2,048 rows each), several times over: a wrong order shows in most runs.
    body = "\n".join(f"A{i};{i};1;" for i in range(20_000))
    for attempt in range(5):
        rows = parse(text(body=body), root=tmp_path / str(attempt)).rows("execution")
        assert [(r["row_number"], r["award_id"]) for r in rows] == [(i + 6, f"A{i}") for i in range(20_000)]


@pytest.mark.parametrize("many_rows", [1, 100_000], ids=["sorted", "counted"])
def test_a_repeated_number_names_the_first_row(parse: Any, monkeypatch: pytest.MonkeyPatch, many_rows: int) -> None:
    monkeypatch.setattr(keys, "MANY_ROWS", many_rows)
    parsed = parse(text(body="A1;1;1;\nA2;2;2;\nA1;3;3;"))
    [reject] = parsed.rejects("execution")
    assert reject["rule"] == "unique"
    assert reject["sentence"] == (
        "Ligne 8, colonne « N° de subvention » : « A1 » figure déjà à la ligne 6 (la casse, les espaces, la forme des"
        " tirets et les caractères invisibles ne comptent pas). Chaque valeur ne doit apparaître qu'une fois : si ce"
        " sont deux lignes différentes, donner à chacune sa valeur ; sinon supprimer la ligne en double."
    )
    assert parsed.facts["tables"]["execution"]["amounts"]["paid_eur"] == {
        "in_eur": "6.00", "accepted_eur": "3.00", "rejected_eur": "3.00", "rounding_eur": "0.00",
    }  # fmt: skip


def test_one_line_for_each_broken_rule_of_a_row(parse: Any) -> None:
    parsed = parse(text(body=";x;1,234;"))
    assert [(r["column_name"], r["rule"], r["value"]) for r in parsed.rejects("execution")] == [
        ("N° de subvention", "required", None),
        ("AE engagées cumulées (€)", "amount", "x"),
        ("CP payés cumulés (€)", "ambiguous", "1,234"),
    ]
    assert parsed.facts["tables"]["execution"]["rows_rejected"] == 1


def test_totals_and_footnotes_are_said_and_not_counted(parse: Any) -> None:
    body = "A1;10;5;\nSous-total;10;5;\nTOTEM-1;1;1;\nTotal général;11;6;\n\n(1) AE au 30 juin.;;;\nSource : Chorus;;;"
    parsed = parse(text(body=body))
    assert [r["award_id"] for r in parsed.rows("execution")] == ["A1", "TOTEM-1"]
    assert parsed.facts["tables"]["execution"]["rows_in"] == 2
    assert [n.split(" (")[0] for n in parsed.facts["notes"]] == [
        "la ligne 11", "la ligne 12", "la ligne 7", "la ligne 9",
    ]  # fmt: skip


def test_a_row_with_only_its_number_is_a_row(parse: Any) -> None:
    parsed = parse(text(body="A1;10;5;\nA2;;;"))
    assert parsed.facts["tables"]["execution"]["rows_rejected"] == 1


def test_headers_with_other_case_accents_apostrophes_and_spaces(parse: Any) -> None:
    rows = [
        ["Suivi trimestriel"],
        [],
        ["NOM DU PROJET ", "PHASE", "Date  de debut", "Cout initial (€)", "COÛT ACTUEL (€)", "durée initiale (mois)",
         "Durée actuelle (mois)", "Date de l’avis", "Couleur"],
        ["P1", "Déploiement", datetime.date(2020, 3, 1), 1000, 1234.5, 12, 18, None, "vert"],
    ]  # fmt: skip
    parsed = parse(workbook({"COUVERTURE": COVER, "Projets": rows}))
    assert parsed.facts["reason"] is None
    [row] = parsed.rows("project_follow_up")
    assert (row["current_cost_eur"], row["starts_on"], row["row_number"], row["sheet"]) == (
        Decimal("1234.50"), datetime.date(2020, 3, 1), 4, "Projets",
    )  # fmt: skip
    assert parsed.facts["notes"] == ["Feuille « Projets » : 1 colonne hors modèle, non lue : « Couleur »."]


def test_cells_of_a_workbook_keep_their_place_and_their_cents(parse: Any) -> None:
    sheet = [[], [None, "Exécution"], [], [None, *HEADER], [None, "A1", 0.1 + 0.2, 1e9 + 0.25, None], [],
             [None, 17, 1234.565, 4, "x"]]  # fmt: skip
    parsed = parse(workbook({"Couverture": COVER, "Exécution": sheet, "Brouillon": [["x"]]}, hidden=("Brouillon",)))
    assert [(row["row_number"], row["award_id"], row["committed_eur"]) for row in parsed.rows("execution")] == [
        (5, "A1", Decimal("0.30")),
        (7, "17", Decimal("1234.57")),
    ]
    assert parsed.facts["notes"] == [
        "Feuille masquée non lue : « Brouillon ».",
        "Feuille « Exécution » : colonne « AE engagées cumulées (€) » : 1 montant a plus de décimales que les centimes"
        " ; arrondi au centime (première ligne : 7 ; écart : -0,005 €).",
    ]


def test_a_sheet_that_is_not_there_leaves_its_table_out(parse: Any) -> None:
    parsed = parse(workbook({"Couverture": COVER, "Exécution": [HEADER, ["A1", 1, 1]]}))
    assert set(parsed.facts["tables"]) == {"cover", "execution"}


def test_a_wrong_figure_on_the_cover_does_not_hide_who_sent_it(parse: Any) -> None:
    cover = [*COVER, ["Total accordé déclaré (€)", "environ 3 M€"]]
    parsed = parse(workbook({"Couverture": cover, "Exécution": [HEADER, ["A1", 1, 1]]}))
    assert parsed.facts["facts"]["ministry_code"] == "COT"
    [reject] = parsed.rejects("cover")
    assert (reject["row_number"], reject["column_name"]) == (4, "Total accordé déclaré (€)")
    assert parsed.facts["tables"]["cover"]["rows_rejected"] == 1


def test_the_sheet_that_has_the_header_counts_whatever_its_name(parse: Any) -> None:
    header = ["Projet", "Ministère porteur", "Projet inter-ministériel", "Coût complet estimé"]
    parsed = parse(workbook({"Lisez-moi": [["Panorama"]], "Feuil2": [header, ["P", "M", "Oui", "6,80"]]}), "panorama")
    [row] = parsed.rows("panorama_projects")
    assert (row["sheet"], row["planned_cost_eur"]) == ("Feuil2", Decimal("6800000.00"))
