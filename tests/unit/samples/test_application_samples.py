"""The sample dossiers: what they are there to show, and the same bytes on every run."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
FOLDER = SAMPLES / "applications"
DOCUMENTS: dict[str, dict[str, Any]] = {
    path.name: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))
}
DOSSIERS = {name: content["dossier"] for name, content in DOCUMENTS.items() if "dossier" in content}


def champs(dossier: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {champ["label"]: champ for champ in dossier["champs"]}


def is_checked(siret: str) -> bool:
    """Whether the digits satisfy Luhn's rule, as those of every real SIRET (but the post office's) do."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(siret))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def test_the_luhn_check_knows_a_real_number_from_a_changed_one() -> None:
    assert is_checked("21750001600019")
    assert not is_checked("21750001600018")


def test_every_state_a_new_version_a_deletion_a_repetition_and_a_bad_siret_are_there() -> None:
    assert {dossier["state"] for dossier in DOSSIERS.values()} == {
        "en_construction",
        "en_instruction",
        "accepte",
        "refuse",
        "sans_suite",
    }
    versions = Counter(dossier["number"] for dossier in DOSSIERS.values())
    assert len(versions) == 24
    assert [number for number, count in versions.items() if count == 2] == [4100001]
    deletions = [content["deleted_dossier"] for content in DOCUMENTS.values() if "deleted_dossier" in content]
    assert [(one["number"], one["reason"]) for one in deletions] == [(4100021, "user_request")]
    assert sum(bool(champs(dossier)["Postes de dépense"]["rows"]) for dossier in DOSSIERS.values()) == 3
    lengths = Counter(len(champs(dossier)["SIRET du porteur"]["stringValue"]) for dossier in DOSSIERS.values())
    assert lengths == {14: 24, 13: 1}


def test_every_dossier_says_that_it_is_synthetic_and_no_body_can_have_its_siret() -> None:
    for dossier in DOSSIERS.values():
        assert champs(dossier)["Nature des données"]["text"] == "Dossier synthétique, sans valeur administrative"
        siret = champs(dossier)["SIRET du porteur"]["stringValue"]
        assert len(siret) != 14 or not is_checked(siret)


def test_every_document_is_in_the_index_once_and_received_after_its_last_change() -> None:
    with (FOLDER / "received.csv").open(encoding="utf-8", newline="") as lines:
        index = {entry["file"]: dt.datetime.fromisoformat(entry["received_at"]) for entry in csv.DictReader(lines)}
    assert sorted(index) == sorted(DOCUMENTS)
    for name, content in DOCUMENTS.items():
        changed = (
            content.get("dossier", {}).get("dateDerniereModification") or content["deleted_dossier"]["dateSupression"]
        )
        assert index[name] > dt.datetime.fromisoformat(changed)


def test_the_script_writes_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, SAMPLES / "write_applications.py", tmp_path],
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in FOLDER.iterdir()}
