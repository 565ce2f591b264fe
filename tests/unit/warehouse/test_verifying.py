"""What is kept is looked at: each received file, each receipt, and what they were read into."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from relance import asof, stages
from relance.errors import DamagedError
from relance.landing.file_decisions import REJECTED, FileDecision, write_decision
from relance.landing.receipts import read_receipts
from relance.landing.store import object_path
from relance.settings import Settings
from relance.status import status_of
from relance.warehouse.inputs import unchanged_inputs
from relance.warehouse.manifest import read_manifest
from tests.damage import flip

SAMPLES = Path(__file__).parents[3] / "samples"
NAMES = ("COT_2021-T1_execution.csv", "ECO_2021-T1.xlsx")


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Settings:
    """Two files of a ministry and an archive, received and read."""
    drop = tmp_path / "drop"
    drop.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLES / "submissions" / name, drop)
    with ZipFile(drop / "COT_2021-T2.zip", "w") as archive:
        archive.write(SAMPLES / "submissions" / "COT_2021-T2_subventions.csv", "COT_2021-T2_subventions.csv")
    stages.collect("submissions", str(drop))
    stages.prepare(asof.now())
    return settings


def object_of(settings: Settings, name: str) -> Path:
    (receipt,) = (one for one in read_receipts(settings.landing_dir) if one.file_name == name)
    return object_path(settings.landing_dir, receipt.sha256)


def test_what_is_as_it_was_kept_is_said_to_be(kept: Settings) -> None:
    found = stages.verify_landing()
    found.require_sound()
    assert (found.receipt_count, found.object_count, found.derived_count) == (3, 3, 5)
    assert found.size_bytes == sum(one.size_bytes for one in read_receipts(kept.landing_dir))
    status = status_of(kept, asof.now())
    assert status.verification == found.to_json()
    assert not [one for one in status.attention if "damaged" in one]


def test_each_damaged_or_missing_file_is_named_as_ours_until_it_is_restored(kept: Settings) -> None:
    damaged, missing = (object_of(kept, name) for name in NAMES)
    flip(damaged)
    content = missing.read_bytes()
    missing.unlink()
    found = stages.verify_landing()
    with pytest.raises(DamagedError) as error:
        found.require_sound()
    for said in (*NAMES, "(COT, 2021-T1)", f"{damaged} has the SHA-256", f"{missing} is missing", "not their senders"):
        assert said in str(error.value)
    assert "COT_2021-T2.zip" not in str(error.value)
    assert any("relance landing verify" in one for one in status_of(kept, asof.now()).attention)
    flip(damaged)
    missing.write_bytes(content)
    stages.verify_landing().require_sound()
    assert not any("relance landing verify" in one for one in status_of(kept, asof.now()).attention)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("received_at", "2020-01-01T00:00:00+00:00", "what it says gives"),
        ("file_name", "ECO_2021-T2.xlsx", "what it says gives"),
        ("size_bytes", 1, "its receipt says 1 bytes"),
        ("sha256", "0" * 64, "is missing"),
    ],
)
def test_an_unsealed_receipt_that_says_something_else_than_it_did_is_found(
    kept: Settings, field: str, value: object, said: str
) -> None:
    path = next((kept.landing_dir / "receipts" / "submissions").glob("*.json"))
    record = {**json.loads(path.read_text()), field: value}
    del record["record_sha256"]
    path.write_text(json.dumps(record))
    with pytest.raises(DamagedError, match=said):
        stages.verify_landing().require_sound()


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", "ZZZ"), ("period", "2020-T1"), ("sent_at", "2020-01-01T00:00:00+00:00"), ("kind", "panorama")],
)
def test_a_receipt_that_was_changed_is_named_and_no_build_is_made_of_it(
    kept: Settings, field: str, value: object
) -> None:
    path = next((kept.landing_dir / "receipts" / "submissions").glob("*.json"))
    written = path.read_text()
    path.write_text(json.dumps({**json.loads(written), field: value}))
    for look in (stages.verify_landing, lambda: stages.prepare(asof.now())):
        with pytest.raises(DamagedError, match=f"{path.name} is not as it was written"):
            look()
    path.write_text(written)
    stages.verify_landing().require_sound()


def test_what_was_read_from_a_file_and_changed_is_named_and_made_anew_by_the_next_run(kept: Settings) -> None:
    rows = next(kept.parsed_dir.glob("*/submission/*/awards.rows.parquet"))
    (member,) = (path for path in kept.unpacked_dir.glob("*/*") if path.suffix != ".json")
    flip(rows)
    flip(member)
    with pytest.raises(DamagedError) as error:
        stages.verify_landing().require_sound()
    assert str(rows) in str(error.value)
    assert str(member) in str(error.value)
    assert "not their senders" not in str(error.value)
    build = kept.builds_dir / stages.prepare(asof.now())
    told = [one["sentence"] for one in read_manifest(build)["damage"]]
    assert sorted(str(path) in sentence for path in (rows, member) for sentence in told) == [False, False, True, True]
    stages.verify_landing().require_sound()
    assert read_manifest(kept.builds_dir / stages.prepare(asof.now()))["damage"] == []


def test_an_object_without_a_receipt_is_noted_only(kept: Settings) -> None:
    (kept.landing_dir / "objects" / ("0" * 64)).write_bytes(b"x")
    found = stages.verify_landing()
    found.require_sound()
    assert found.unclaimed == ["0" * 64]
    assert "1 object(s) have no receipt" in found.sentence()


def test_rows_that_change_under_a_build_spoil_it(kept: Settings) -> None:
    (build,) = kept.builds_dir.iterdir()
    manifest = read_manifest(build)
    rows = next(kept.parsed_dir.glob("*/submission/*/awards.rows.parquet"))
    with unchanged_inputs(kept, manifest):
        pass
    with pytest.raises(DamagedError, match="changed while the warehouse was built"), unchanged_inputs(kept, manifest):
        flip(rows)
    with pytest.raises(DamagedError, match=r"awards\.rows\.parquet has the SHA-256"), unchanged_inputs(kept, manifest):
        pass
    flip(rows)
    with unchanged_inputs(kept, manifest):
        pass
    shutil.rmtree(rows.parent)
    with pytest.raises(DamagedError, match="is not what was chosen"), unchanged_inputs(kept, manifest):
        pass


def test_a_decision_that_somebody_changed_is_named(kept: Settings) -> None:
    receipt = read_receipts(kept.landing_dir)[0]
    said = receipt.receipt_id, receipt.sha256, receipt.feed, receipt.file_name, REJECTED, "claire", "command"
    write_decision(kept.landing_dir, FileDecision(*said, asof.now(), "erreur de saisie"))
    assert stages.verify_landing().decision_count == 1
    (path,) = kept.landing_dir.glob("decisions/submissions/*.json")
    path.write_text(path.read_text().replace("claire", "paul"))
    with pytest.raises(DamagedError, match=rf"The decision {path} is not as it was written"):
        stages.verify_landing()
