"""`check` tells of one file, by the register, all that a person or the night would hold against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from relance.audit.measure import MeasureError, take
from relance.errors import RelanceError
from relance.feedback.lines import check_lines
from relance.gate.checking import Checked, check_file
from relance.gate.hold import files_measured
from relance.settings import Settings

SAMPLE = Path(__file__).parents[3] / "samples" / "submissions" / "EDU_2021-T3.xlsx"
Edits = dict[tuple[str, str], object]
Check = Callable[..., tuple[Checked, list[str]]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Checks the sample with some cells changed: what came of it, and what the terminal says of it."""

    def run(edits: Edits, name: str = SAMPLE.name, against: Path | None = None) -> tuple[Checked, list[str]]:
        workbook = openpyxl.load_workbook(SAMPLE)
        for (sheet, cell), value in edits.items():
            workbook[sheet][cell] = value
        workbook.save(tmp_path / name)
        checked = check_file(Settings.from_env(), tmp_path / name, "submission", tmp_path / "out", against)
        lines = [line for file in checked.files for line in check_lines(file.summary)]
        return checked, [line.replace("\u202f", " ").replace("\u00a0", " ") for line in lines]

    return run


def test_a_sound_file_holds_nothing_and_says_what_is_not_compared(check: Check) -> None:
    checked, lines = check({})
    assert checked.is_sound
    assert checked.files[0].controls == []
    assert [line for line in lines if line.startswith("  À ")] == []
    assert lines[-1] == (
        "  Remarque : Rien n'a été comparé aux envois précédents : une baisse, ou une subvention qui disparaît ou"
        " change de ligne, ne se voit qu'avec --against et le dossier d'une publication."
    )


def test_amounts_that_contradict_one_another_would_hold_the_file(check: Check) -> None:
    checked, lines = check(
        {
            ("Exécution", "B4"): 2800000.01,  # of an award of 2 800 000 €
            ("Exécution", "C5"): 774649.38,  # of a commitment of 774 649,37 €
            ("Subventions", "L6"): 6000000.01,  # of ITN6's 6 M€
        }
    )
    assert set(checked.files[0].controls) >= {
        "award-committed-within-awarded",
        "award-paid-within-committed",
        "award-within-its-line",
        "declared-totals-are-those-of-the-file",
    }
    assert not checked.is_sound
    held = "\n".join(lines)
    assert "Ce fichier serait mis en attente :" in held
    for amounts in ("2 800 000,01 €", "774 649,38 €", "6 000 000,01 €"):
        assert amounts in held


def test_what_counts_and_should_be_looked_at(check: Check) -> None:
    checked, lines = check(
        {
            ("Projets", "D4"): 12.0,
            ("Projets", "B4"): "Recette",
            ("Projets", "E4"): 12000000,
            ("Projets", "J4"): "Non",
            ("Projets", "M5"): None,
        }
    )
    assert checked.files[0].controls == []
    whose = "(EDU, 2021-T3, fichier EDU_2021-T3.xlsx, feuille Projets, ligne"
    assert [line for line in lines if line.startswith("  À ")] == [
        f"  À vérifier : Projet OP@LE {whose} 4) : coût de 12 000 000,00 € sans avis du directeur de la DINUM, attendu"
        " à partir de 9 M€.",
        f"  À vérifier : Projet OP@LE {whose} 4) : coût initial de 12,00 €, attendu de 100 000,00 € à"
        " 1 000 000 000,00 €. Vérifier l'unité.",
        f"  À vérifier : Projet VÉGA (fictif) {whose} 5) : nouvelle trajectoire « oui », sans sa date.",
        f"  À vérifier : Projet OP@LE {whose} 4) : phase « Recette » inconnue. Attendu : Cadrage, Conception /"
        " Réalisation, Expérimentation, Déploiement, Terminé.",
    ]


def test_a_phase_is_known_in_any_case(check: Check) -> None:
    _, lines = check({("Projets", "B4"): "EXPERIMENTATION ", ("Projets", "B5"): "conception/réalisation"})
    assert not [line for line in lines if "phase" in line]


def test_an_invalid_address_costs_nothing_and_is_told(check: Check) -> None:
    (contact,) = (
        cell.row for cell in openpyxl.load_workbook(SAMPLE)["Couverture"]["A"] if cell.value == "Courriel du contact"
    )
    checked, lines = check({("Couverture", f"B{contact}"): "contact chez ministere"})
    assert checked.is_sound
    assert any("« contact chez ministere »" in line and line.startswith("  À vérifier") for line in lines)


def test_a_period_that_is_none_hides_nothing_else(check: Check) -> None:
    checked, lines = check({("Couverture", "B5"): "3e trimestre", ("Subventions", "B6"): "ITN9"})
    assert not checked.is_sound
    period = (
        "Feuille « Couverture », ligne 5, colonne « Période » : « 3e trimestre » n'a pas la forme attendue, par exemple"
        " 2021-T2. Corriger."
    )
    assert lines[:3] == [
        "EDU_2021-T3.xlsx : À corriger avant l'envoi",
        "  Envoyé ainsi, ce fichier serait mis de côté : aucune de ses lignes ne compterait.",
        "  La couverture ne permet pas de savoir qui envoie le fichier ni pour quelle période. "
        f"{period} Renvoyer ensuite le fichier.",
    ]
    told = [line for line in lines if line.startswith("  À corriger")]
    assert told[0] == f"  À corriger : {period}"
    assert told[1].startswith("  À corriger : Feuille « Subventions », ligne 6, colonne « Ligne du fonds » : « ITN9 »")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "No such file or directory"),
        ({"manifest.json": "[]"}, "son manifeste n'en est pas un"),
        (
            {"manifest.json": '{"as_of": "2021-11-01T02:00:00+00:00", "receipts": []}'},
            "elle n'a pas de warehouse.duckdb",
        ),
        (
            {"manifest.json": '{"as_of": "2021-11-01T02:00:00+00:00", "receipts": []}', "warehouse.duckdb": "none"},
            "not a valid DuckDB database file",
        ),
    ],
)
def test_a_publication_that_cannot_be_read(check: Check, tmp_path: Path, files: dict[str, str], found: str) -> None:
    folder = tmp_path / "publication"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    with pytest.raises(RelanceError, match=r"La publication .* ne peut pas être lue") as raised:
        check({}, against=folder)
    assert found in str(raised.value)
    assert "Attendu : le dossier d'une publication, avec manifest.json et warehouse.duckdb" in str(raised.value)


def test_the_warnings_that_need_no_mart_are_measured() -> None:
    settings = Settings.from_env()
    measured = set()
    with files_measured(settings, [], dt.datetime(2021, 11, 1, tzinfo=dt.UTC)) as files:
        for control in files.controls:
            if control.warns_of_files:
                with suppress(MeasureError):
                    take(files.connection, settings.expectations_dir, control)
                    measured.add(control.id)
    assert measured == {
        "projects-above-9m-have-their-opinion",
        "project-costs-are-plausible",
        "new-trajectories-have-their-date",
        "project-phases-are-known",
    }
