"""Nights on which a file is wrong: it waits or its row is refused, and everybody else's figures are published.

Each case is collected on top of the samples. What waits is decided before the build, so the cases are looked at there;
one night is published whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from relance import asof, stages
from relance.gate.hold import counted_entries
from relance.landing.receipts import read_receipts
from relance.settings import Settings
from relance.warehouse.manifest import Entry
from tests.pipeline.house import PROJECT, House
from tests.pipeline.ministry_files import award, write_submission

NIGHTS = PROJECT.parent / "shared" / "data" / "field-cases" / "nights"
PENDING, COUNTED, SET_ASIDE = "pending", "counted", "set_aside"
Writer = Callable[[Path], Any]


class Case(NamedTuple):
    """What is collected, turn by turn, and what becomes of the last file: status, controls, rows accepted."""

    name: str
    turns: Sequence[Writer | str]
    status: str
    controls: frozenset[str] = frozenset()
    accepted: int | None = None
    said: str = ""


def written(name: str, *arguments: Any, **more: Any) -> Writer:
    return lambda folder: write_submission(folder / name, *arguments, **more)


def held(name: str, turns: Sequence[Writer | str], *controls: str, said: str = "") -> Case:
    return Case(name, turns, PENDING, frozenset(controls), said=said)


TWO = [award("CUL-1", 900000), award("CUL-2", 100000)]
FIRST = written("CUL_2021-T2.xlsx", TWO, [("CUL-1", 800000, 500000), ("CUL-2", 0, 0)])
FALL, CUMULATIVE = "awarded-amounts-do-not-fall", "cumulative-amounts-do-not-fall"
NO_AMOUNT, LEGIBLE = "rejected-rows-have-no-amount", "rejected-amounts-are-legible"
ORPHAN = "execution-rows-have-their-award"

CASES = [
    # What a ministry says no more.
    held("an award vanishes", ["unexecuted-award-vanishes/EUR_2021-T2.xlsx",
         "unexecuted-award-vanishes/EUR_2021-T3.xlsx"], FALL, said="5 000 000,00 €"),
    held("a table is emptied", [written("EUR_2021-T3.xlsx", [award("EUR-1", 8000000, "ITN8D")]),
         "emptied/EUR_2021-T4.xlsx"], FALL, said="8 000 000,00 €"),
    held("an award falls by a cent", [FIRST, written("CUL_2021-T3.xlsx", [award("CUL-1", 899999.99), TWO[1]])], FALL),
    held("a restated period loses an award", [FIRST, written("CUL_2021-T2_rectificatif.xlsx", TWO[:1])], FALL,
         ORPHAN),
    held("the file of a second service", [written("CUL_2021-T3_DGCL.xlsx", TWO),
         written("CUL_2021-T3_ANCT.xlsx", [award("CUL-8", 50000)])], FALL),
    held("an award moves to another line", [FIRST, written("CUL_2021-T3.xlsx", [award("CUL-1", 900000, "ITN3"),
         TWO[1]])], "awards-keep-their-line"),
    held("an award that is rejected now", [FIRST, written("CUL_2021-T3.xlsx", [award("CUL-1", 900000, Date="bientôt"),
         TWO[1]])], FALL, NO_AMOUNT, ORPHAN),
    held("an award of another ministry", [FIRST, written("EUR_2021-T3.xlsx", [award("CUL-1", 900000)])],
         "awards-have-one-ministry"),
    # Commitments and payments.
    held("commitments fall, with a dot", ["fall-with-a-dot/SOC_2021-T4.xlsx"], CUMULATIVE, said="3 551 400,00 €"),
    held("payments fall, without a word", [FIRST, written("CUL_2021-T3.xlsx", TWO, [("CUL-1", 800000, 1),
         ("CUL-2", 0, 0)])], CUMULATIVE),
    held("commitments fall to nothing, explained", [FIRST, written("CUL_2021-T3.xlsx", TWO, [("CUL-1", 0, 0,
         "Convention résiliée"), ("CUL-2", 0, 0)])], CUMULATIVE),
    Case("a small fall that is explained", [FIRST, written("CUL_2021-T3.xlsx", TWO, [("CUL-1", 795000, 500000,
         "Solde repris après contrôle"), ("CUL-2", 0, 0)])], COUNTED),
    held("an execution row is left out", [FIRST, written("CUL_2021-T3.xlsx", TWO, [("CUL-2", 0, 0)])], CUMULATIVE),
    # What is rejected.
    held("new awards are rejected", ["new-awards-rejected/SOC_2021-T4.xlsx"], NO_AMOUNT, said="5 000 000,00 €"),
    held("one new award has no line", [FIRST, written("CUL_2021-T3.xlsx", [*TWO, award("CUL-3", 300000, None)])],
         NO_AMOUNT),
    held("one new amount is no number", [FIRST, written("CUL_2021-T3.xlsx", [*TWO, award("CUL-3", "à venir")])],
         LEGIBLE),
    held("ids that look alike", ["look-alike-ids/CUL_2021-T3.xlsx"], NO_AMOUNT),
    held("blanks in ids", ["blank-in-id/CUL_2021-T3.xlsx"], NO_AMOUNT),
    held("ids with other dashes", [written("CUL_2021-T3.xlsx", [award("CUL-1", 900000), award("cul\u20101", 900000)])],
         NO_AMOUNT),
    # What is likely another thing than an award.
    held("a subtotal is filled like a row", ["subtotal-full-row/CUL_2021-T3.xlsx"], "awards-are-no-subtotals"),
    held("a subtotal of one line among others", [written("CUL_2021-T3.xlsx", [award("CUL-1", 123000, "ITN1"),
         award("CUL-2", 200000), award("CUL-3", 345000), award("CUL-4", 545000)])], "awards-are-no-subtotals"),
    held("the sum of the whole sheet", [written("CUL_2021-T3.xlsx", [award("CUL-1", 123000, "ITN1"),
         award("CUL-2", 200000), award("CUL-3", 323000, "ITN3")])], "awards-are-no-subtotals"),
    held("an amount that is a SIREN", [written("CUL_2021-T3.xlsx", [award("CUL-1", 11000201, "ITN7",
         SIRET="01100020100044")])],
         "amounts-are-no-identifiers"),
    held("an amount that is the award's number", [written("CUL_2021-T3.xlsx", [award("CUL-2021-017", 2021017)])],
         "amounts-are-no-identifiers"),
    # Names, covers, periods.
    held("a cover of another period", [FIRST, written("CUL_2021-T3.xlsx", TWO, cover={"Période": "2021-T2"})],
         "names-and-covers-agree"),
    held("a cover of another ministry", [written("CUL_2021-T3.xlsx", TWO, cover={"Code du ministère": "EUR"})],
         "names-and-covers-agree"),
    Case("a cover of a period to come", ["future-period/TFP_2021-T4.xlsx"], SET_ASIDE, said="La période 2031-T2"),
    Case("a name and a cover of it", ["future-period/TFP_2031-T2.xlsx"], SET_ASIDE, said="n'est pas finie"),
    Case("the last quarter of the century", [written("CUL_2099-T4.xlsx", TWO)], SET_ASIDE, said="31/12/2099"),
    Case("the correction counts", ["future-period/TFP_2021-T4.xlsx", "future-period/TFP_2021-T4_juste.xlsx"], COUNTED),
    Case("so does what is right afterwards", ["future-period/TFP_2031-T2.xlsx",
         "future-period/TFP_2022-T1_juste.xlsx"], COUNTED),
    # Amounts against each other.
    held("more committed than awarded", [written("CUL_2021-T3.xlsx", TWO, [("CUL-1", 900000.01, 0)])],
         "award-committed-within-awarded"),
    held("more paid than committed", [written("CUL_2021-T3.xlsx", TWO, [("CUL-1", 5, 5.01)])],
         "award-paid-within-committed"),
    held("an execution without its award", [written("CUL_2021-T3.xlsx", TWO, [("CUL-9", 5, 1)])],
         NO_AMOUNT),
    held("a unit that is another one", [FIRST, written("CUL_2021-T3.xlsx", [TWO[0], award("CUL-2", 100)])],
         FALL, "award-amounts-keep-their-unit"),
    # Rows that are refused: their file waits where they have amounts.
    held("a negative payment", ["negative-execution/SPM_2021-T3_paid-negative.xlsx"], NO_AMOUNT),
    held("a negative commitment", [written("CUL_2021-T3.xlsx", TWO, [("CUL-1", -0.01, 0)])], NO_AMOUNT),
    held("an axis on another line", ["axis-on-another-line/CUL_2021-T3.xlsx"], NO_AMOUNT, said="1 000,00 €"),
    held("a cost that no project has", ["huge-amount/CUL_2021-T3.xlsx"], NO_AMOUNT),
    held("a decision of tomorrow", [written("CUL_2021-T3.xlsx", [award("CUL-1", 900000, Date="31/12/2059")])],
         NO_AMOUNT),
    Case("a SIRET that is none costs nothing", [written("CUL_2021-T3.xlsx", [award("CUL-1", 900000, SIRET="123")])],
         COUNTED, accepted=1),
]  # fmt: skip


def turns_of(case: Case, tmp_path: Path) -> list[Path]:
    """A folder a turn."""
    folders = []
    for number, turn in enumerate(case.turns):
        folder = tmp_path / f"turn {number}"
        folder.mkdir()
        if isinstance(turn, str):
            if not NIGHTS.is_dir():
                pytest.skip("the field cases (../shared/data/field-cases) are not beside this checkout")
            shutil.copy(NIGHTS / turn, folder)
        else:
            turn(folder)
        folders.append(folder)
    return folders


@pytest.fixture
def collected(published_once: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder that has received the samples of the ministries, and published nothing."""
    for part in ("landing/objects", "landing/receipts/submissions", "landing/decisions", "parsed"):
        shutil.copytree(published_once.data_dir / part, tmp_path / "data" / part, copy_function=os.link)
    monkeypatch.setenv("RELANCE_DATA_DIR", str(tmp_path / "data"))
    return Settings.from_env()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_becomes_of_the_file(collected: Settings, tmp_path: Path, case: Case) -> None:
    samples = {receipt.receipt_id for receipt in read_receipts(collected.landing_dir)}
    for folder in turns_of(case, tmp_path):
        stages.collect("submissions", str(folder))
    entries = counted_entries(collected, asof.now())
    new = [entry for entry in entries if entry.receipt.receipt_id not in samples]
    last = new[-1]
    assert last.status == case.status, [finding.sentence for finding in last.findings]
    assert {finding.control_id for finding in last.findings} == case.controls
    said = " ".join([last.reason or "", *(finding.sentence for finding in last.findings)])
    assert case.said in said.replace("\u202f", " ").replace("\xa0", " ")
    assert all(entry.status in (COUNTED, "superseded", SET_ASIDE) for entry in new[:-1])
    if case.accepted is not None:
        assert last.tables["awards"]["rows_accepted"] == case.accepted
    # Nobody else's file waits, and what stood before goes on counting, said to be stale.
    others = [entry for entry in entries if entry is not last]
    assert not [entry.receipt.file_name for entry in others if entry.is_pending]
    if last.status == PENDING and (before := _latest(others, last.ministry_code)):
        assert before.is_stale


def _latest(entries: list[Entry], ministry: str | None) -> Entry | None:
    standing = [entry for entry in entries if entry.counted and entry.ministry_code == ministry and ministry]
    return max(standing, key=lambda entry: entry.period or "", default=None)


TOTALS = "select ministry_code, awarded_eur, committed_eur, paid_eur from fund.ministry_execution order by 1"


def test_a_night_of_wrong_files_publishes_everybody_else(house: House, drop: Callable[[str], Path]) -> None:
    before = {row[0]: row[1:] for row in house.query(TOTALS)}
    folder = drop("night")
    write_submission(folder / "SOC_2021-T4.xlsx", [award("SOC-2021-0001", 3600000, "ITN1")])
    write_submission(folder / "EUR_2021-T4.xlsx", [award("EUR-1", 1000, SIRET="12"), award("EUR-2", 5, Date="hier")])
    write_submission(folder / "CUL_2021-T4.xlsx", [award("CUL-1", 250000)], [("CUL-1", 100000, 0)])
    write_submission(folder / "SPM_2021-T4.xlsx", [award("SPM-1", 10**14)])
    house.run("collect", "submissions", "--from", str(folder))
    has_cases = NIGHTS.is_dir()
    if has_cases:
        # Whose requested amount no column holds: the dossier counts without that row.
        dossier = drop("dossier") / "dossier-6000004.json"
        shutil.copy(NIGHTS / "one-requested-1e14" / "one-requested-1e14-dossier-6000004.json", dossier)
        house.run("collect", "applications_sample", "--from", str(dossier.parent))
    house.run("publish")
    after = {row[0]: row[1:] for row in house.query(TOTALS)}
    assert after == {**before, "CUL": (Decimal("250000.00"), Decimal("100000.00"), Decimal("0.00"))}
    pending = house.query("select file_name, ministry_code from quality.pending_files order by 1")
    assert pending == [("EUR_2021-T4.xlsx", "EUR"), ("SOC_2021-T4.xlsx", "SOC"), ("SPM_2021-T4.xlsx", "SPM")]
    assert house.query("select is_stale from quality.received_files where file_name = 'SOC_2021-T3.xlsx'") == [(True,)]
    # What the totals lack stands beside them, to the cent.
    awarded = house.query("select pending_eur, stale_eur, is_complete from fund.fund_overview where scope = 'whole'")
    soc = before["SOC"][0]
    # No amount is as large as SPM's: it is no figure, and what is missing of it is unknown.
    assert awarded == [(Decimal("3600000.00") - soc + 1005, soc, False)]
    if has_cases:
        assert house.query("select count(*) from quality.rejected_rows where file_name like '%6000004%'") != [(0,)]
        receipts = json.loads((house.current / "manifest.json").read_text())["receipts"]
        assert [r["status"] for r in receipts if "6000004" in r["file_name"]] == ["counted"]
