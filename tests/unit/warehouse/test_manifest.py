"""What counts at an as-of date: the choice among receptions, told with files that are not even read."""

import datetime as dt
import shutil
import subprocess
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relance.errors import RelanceError
from relance.landing.receipts import Receipt, write_receipt
from relance.settings import Settings
from relance.warehouse import manifest
from relance.warehouse.editions import months_of_editions
from relance.warehouse.manifest import Entry, choose


def receipt(
    name: str, day: int, kind: str = "submission", key: str | None = None, period: str | None = None
) -> Receipt:
    received_at = dt.datetime(2021, 4, day, tzinfo=dt.UTC)
    return Receipt(f"{name}-{day}", f"{kind}s", kind, name, "file:///x", name, 1, received_at, key, period, "run")


def parsed(*tables: str, reason: str | None = None, **facts: Any) -> Any:
    outcome = {"notes": [], "facts": facts, "tables": {table: {} for table in tables}}
    return SimpleNamespace(reason=reason, facts=outcome, remade=None)


def submission(name: str, day: int, *tables: str, ministry: str = "ECO", period: str = "2021-T1") -> Entry:
    return Entry(receipt(name, day), parsed(*tables), ministry_code=ministry, period=period)


def set_aside(name: str, day: int, ministry: str = "ECO", period: str = "2021-T1") -> Entry:
    return Entry(receipt(name, day), parsed(reason="x"), ministry_code=ministry, period=period, reason="x")


def chosen(*entries: Entry) -> list[tuple[str, list[str]]]:
    choose(list(entries))
    return [(entry.status, sorted(entry.counted)) for entry in entries]


def test_a_later_workbook_of_the_same_ministry_and_period_replaces_the_earlier() -> None:
    assert chosen(
        submission("first", 1, "cover", "awards", "execution"), submission("second", 2, "cover", "awards", "execution")
    ) == [("superseded", []), ("counted", ["awards", "cover", "execution"])]


def test_other_ministries_and_other_periods_are_left_alone() -> None:
    assert (
        chosen(
            submission("a", 1, "awards"),
            submission("b", 2, "awards", ministry="JUS"),
            submission("c", 3, "awards", period="2021-T2"),
        )
        == [("counted", ["awards"])] * 3
    )


def test_a_csv_restates_one_table_and_the_others_go_on_counting() -> None:
    assert chosen(
        submission("workbook", 1, "cover", "awards", "execution"), submission("csv", 2, "cover", "awards")
    ) == [("counted", ["cover", "execution"]), ("counted", ["awards", "cover"])]


def test_a_file_set_aside_replaces_nothing_and_makes_the_one_before_stale() -> None:
    before, broken = submission("before", 1, "awards"), set_aside("broken", 2)
    assert chosen(before, broken) == [("counted", ["awards"]), ("set_aside", [])]
    assert before.is_stale


def test_a_good_file_after_the_broken_one_is_not_stale() -> None:
    broken, after = set_aside("broken", 1), submission("after", 2, "awards")
    assert chosen(broken, after) == [("set_aside", []), ("counted", ["awards"])]
    assert not after.is_stale


def test_a_file_set_aside_of_another_ministry_makes_nothing_stale() -> None:
    eco, broken = submission("eco", 1, "awards"), set_aside("broken", 2, ministry="JUS")
    choose([eco, broken])
    assert not eco.is_stale


def panorama(name: str, named: str | None, published_on: str | None) -> Entry:
    return manifest._entry(receipt(name, 1, "panorama", named), parsed("panorama_projects", published_on=published_on))


def test_the_edition_is_what_the_name_says_and_a_disagreement_is_noted() -> None:
    entry = panorama("2018-03-open-data.xlsx", "2018-03", "2018-02-28")
    assert entry.edition == "2018-03"
    assert "28/02/2018" in entry.notes[0]


def test_an_edition_to_come_is_none() -> None:
    entry = panorama("2099-01-open-data.csv", "2099-01", None)
    assert "L'édition 2099-01 n'existe pas encore" in str(entry.reason)


def test_a_date_inside_that_agrees_is_not_noted() -> None:
    entry = panorama("2017-06-open-data.csv", "2017-06", "2017-06-01")
    assert (entry.edition, entry.notes) == ("2017-06", [])


def test_without_a_name_the_date_inside_gives_the_edition() -> None:
    assert panorama("panorama.csv", None, "2017-06-01").edition == "2017-06"


@pytest.mark.parametrize(
    ("named", "inside", "edition"),
    [
        pytest.param("2016-09", "2016-06-01", "2016-06", id="released months after the state that it describes"),
        pytest.param("2021-12", None, "2021-11", id="released in December"),
        pytest.param(None, "2021-12-15", "2021-11", id="the day of the release stands inside"),
        # October 2016 saw a later release of June 2016, November 2016 is an edition of its own.
        pytest.param("2016-10", None, "2016-10", id="not the month of a first release"),
        pytest.param("2016-11", "2016-11-03", "2016-11", id="its own month"),
        pytest.param("2031-01", None, "2031-01", id="unknown"),
    ],
)
def test_a_month_of_release_means_the_edition_released_then(
    settings: Settings, named: str | None, inside: str | None, edition: str
) -> None:
    entry = manifest._entry(
        receipt("tableau.csv", 1, "panorama", named),
        parsed("panorama_projects", published_on=inside),
        months_of_editions(settings),
    )
    assert entry.edition == edition
    assert any("est le mois où" in note for note in entry.notes) == (edition != (named or str(inside)[:7]))


def test_with_neither_the_file_is_set_aside_with_a_sentence() -> None:
    entry = panorama("panorama.csv", None, None)
    assert entry.status == "set_aside"
    assert entry.reason is not None
    assert "2021-07-panorama.csv" in entry.reason


def test_the_cover_counts_more_than_the_name() -> None:
    entry = manifest._entry(
        receipt("INT_2021-T1.xlsx", 1, key="INT", period="2021-T1"),
        parsed("cover", "awards", ministry_code="JUS", period="2021-T1"),
    )
    assert (entry.ministry_code, entry.period) == ("JUS", "2021-T1")
    assert entry.notes == ["Le nom du fichier annonce le ministère INT, la couverture JUS : la couverture est retenue."]


def dossier(name: str, day: int, changed_at: str, deletion: str | None = None, number: str = "7") -> Entry:
    tables = ["deleted_applications"] if deletion else ["applications", "cost_items"]
    facts = {
        "dossier_number": number,
        "changed_at": changed_at,
        "deletion_reason": deletion,
        "is_deletion": "true" if deletion else None,
    }
    return manifest._entry(receipt(name, day, "application", number), parsed(*tables, **facts))


APPLICATION_TABLES = ["applications", "cost_items"]


def test_a_dossier_received_again_replaces_the_earlier_one_and_no_other() -> None:
    assert chosen(
        dossier("a", 1, "2021-03-01"), dossier("b", 2, "2021-03-02"), dossier("c", 2, "2021-03-01", number="8")
    ) == [("superseded", []), ("counted", APPLICATION_TABLES), ("counted", APPLICATION_TABLES)]


def test_of_two_versions_of_one_turn_the_one_changed_last_counts() -> None:
    """Their receptions have the same instant, and identities in any order."""
    assert chosen(dossier("a", 1, "2021-03-02"), dossier("b", 1, "2021-03-01")) == [
        ("counted", APPLICATION_TABLES),
        ("superseded", []),
    ]


def test_a_deletion_at_the_instant_of_the_last_change_counts() -> None:
    assert chosen(dossier("a", 1, "2021-03-02", "user_request"), dossier("b", 1, "2021-03-02")) == [
        ("counted", ["deleted_applications"]),
        ("superseded", []),
    ]


def test_a_deleted_dossier_counts_no_more_and_its_deletion_is_noted() -> None:
    filed, tombstone = dossier("a", 1, "2021-03-01"), dossier("gone", 2, "2021-03-02", "user_request")
    assert chosen(filed, tombstone) == [("superseded", []), ("counted", ["deleted_applications"])]
    assert tombstone.notes == [
        "Dossier 7 supprimé de la plateforme (motif annoncé : user_request) ; il ne compte plus."
    ]


def test_a_deletion_is_undone_by_a_later_version() -> None:
    tombstone, restored = dossier("gone", 2, "2021-03-02", "user_request"), dossier("b", 3, "2021-03-03")
    assert chosen(tombstone, restored) == [("superseded", []), ("counted", APPLICATION_TABLES)]


def test_a_dossier_that_the_platform_keeps_no_longer_goes_on_counting() -> None:
    filed, tombstone = dossier("a", 1, "2021-03-01"), dossier("gone", 2, "2022-03-02", "expired")
    assert chosen(filed, tombstone) == [("counted", APPLICATION_TABLES), ("counted", ["deleted_applications"])]


def test_an_unreadable_version_leaves_the_one_before_counting_marked_stale() -> None:
    filed = dossier("a", 1, "2021-03-01")
    broken = manifest._entry(receipt("b", 2, "application", "7"), parsed(reason="x"))
    assert chosen(filed, broken) == [("counted", APPLICATION_TABLES), ("set_aside", [])]
    assert filed.is_stale


NOON = dt.datetime(2021, 4, 1, 12, 0, tzinfo=dt.UTC)
TABLES = ("awards", "cover", "execution")


def together(name: str, minutes: float | None = None, *tables: str, sha: str | None = None, day: int = 3) -> Entry:
    """A file of the third of April, saved so many minutes after noon of the first (None: nobody knows when)."""
    entry = submission(name, day, *(tables or TABLES))
    sent_at = None if minutes is None else NOON + dt.timedelta(minutes=minutes)
    # Identities in both orders: they must not decide.
    identity = f"{sha or name}-{day}"
    entry.receipt = replace(entry.receipt, receipt_id=identity, sha256=sha or name, sent_at=sent_at)
    return entry


def statuses(*entries: Entry) -> dict[str, str]:
    """What becomes of each file; it is the same whatever order they come in and however their identities sort."""
    found = []
    for turned in (False, True):
        for order in permutations(entries):
            copies = [
                replace(
                    one,
                    receipt=replace(one.receipt, receipt_id=one.receipt.receipt_id[:: -1 if turned else 1]),
                    counted=set(),
                    retained=set(),
                    undecided={},
                    notes=[],
                )
                for one in order
            ]
            choose(copies)
            found.append({one.receipt.file_name: one.status for one in copies})
    assert all(one == found[0] for one in found)
    choose(list(entries))
    return found[0]


PLAIN, RECTIFIED = "ECO_2021-T1.xlsx", "ECO_2021-T1_rectificatif.xlsx"


@pytest.mark.parametrize("later", [RECTIFIED, "ECO_2021-T1 (2).xlsx", "ECO_2021-T1-v2.xlsx"])
def test_of_two_files_of_one_run_the_one_whose_name_says_so_counts(later: str) -> None:
    assert statuses(together(PLAIN), together(later)) == {PLAIN: "superseded", later: "counted"}


def test_of_two_files_of_one_run_the_one_saved_later_counts() -> None:
    assert statuses(together(PLAIN, 90), together("ECO_2021-T1.ods", 0)) == {
        PLAIN: "counted",
        "ECO_2021-T1.ods": "superseded",
    }


def test_where_nothing_tells_the_one_before_goes_on_counting_and_both_are_named() -> None:
    before = submission("before.xlsx", 1, *TABLES)
    one, other = together(PLAIN), together("ECO_2021-T1.ods")
    assert statuses(before, one, other) == {
        "before.xlsx": "counted",
        PLAIN: "undecided",
        "ECO_2021-T1.ods": "undecided",
    }
    assert before.counted == set(TABLES)
    assert set(one.undecided) == {"awards", "execution"}
    (note,) = one.notes
    assert other.notes == [note]
    assert set(one.undecided.values()) == {note}
    for said in (PLAIN, "ECO_2021-T1.ods", "ECO", "2021-T1", "Subventions", "Exécution", "Ni leur date ni leur nom"):
        assert said in note


def test_without_a_file_before_none_counts() -> None:
    one, other = together(PLAIN), together("ECO_2021-T1.ods")
    assert set(statuses(one, other).values()) == {"undecided"}
    assert not (one.counted | one.retained | other.counted | other.retained)


def test_a_time_that_contradicts_the_name_leaves_it_undecided_and_says_both() -> None:
    one, other = together(PLAIN, 24 * 60), together(RECTIFIED, 0)
    assert set(statuses(one, other).values()) == {"undecided"}
    assert "se contredisent" in one.notes[0]
    assert "2\u00a0avril\u00a02021 à 14\u00a0h\u00a000" in one.notes[0]


@pytest.mark.parametrize("minutes", [0.5, 3 * 24 * 60], ids=["seconds apart", "after the reception"])
def test_a_time_that_says_nothing_leaves_it_to_the_names(minutes: float) -> None:
    assert statuses(together(PLAIN, minutes), together(RECTIFIED, 0)) == {PLAIN: "superseded", RECTIFIED: "counted"}
    assert set(statuses(together(PLAIN, minutes), together("ECO_2021-T1.ods", 0)).values()) == {"undecided"}


def test_of_three_the_last_counts_and_where_two_follow_the_first_only_they_are_undecided() -> None:
    names = [PLAIN, "ECO_2021-T1_v2.xlsx", "ECO_2021-T1_v3.xlsx"]
    assert list(statuses(*map(together, names)).values()) == ["superseded", "superseded", "counted"]
    assert list(statuses(*map(together, (*names[:2], RECTIFIED))).values()) == ["superseded", "undecided", "undecided"]


def test_the_same_bytes_twice_are_no_conflict() -> None:
    assert statuses(together(PLAIN, sha="x"), together("autre.xlsx", sha="x")) == {
        PLAIN: "superseded",
        "autre.xlsx": "counted",
    }


def test_tables_that_only_one_file_has_count_all_the_same() -> None:
    one, other = together("a.csv", None, "awards"), together("b.csv", None, "execution")
    assert set(statuses(one, other).values()) == {"counted"}
    one, other = together("a.xlsx", None, "awards", "execution"), together("b.csv", None, "awards")
    assert statuses(one, other) == {"a.xlsx": "counted", "b.csv": "undecided"}
    assert (one.counted, set(one.undecided)) == ({"execution"}, {"awards"})


def test_a_later_file_alone_settles_it() -> None:
    one, other, later = together(PLAIN), together("ECO_2021-T1.ods"), together(PLAIN, day=4)
    assert chosen(one, other, later) == [
        ("superseded", []),
        ("superseded", []),
        ("counted", sorted(TABLES)),
    ]
    assert not one.undecided and not one.notes


def test_the_loser_of_a_run_never_counted_the_winner_did() -> None:
    plain, rectified, later = together(PLAIN), together(RECTIFIED), together(PLAIN, day=4)
    choose([plain, rectified, later])
    assert [one.retained for one in (plain, rectified, later)] == [set(), set(TABLES), set(TABLES)]


def test_files_of_an_archive_are_told_apart_by_their_times_in_it() -> None:
    def member(name: str, minutes: float) -> Entry:
        entry = together(f"ECO.zip/{name}", minutes)
        entry.archive_receipt_id, entry.archive_sent_at = "zip", NOON + dt.timedelta(minutes=600)
        return entry

    assert list(statuses(member("a.xlsx", 90), member("b.xlsx", 0)).values()) == ["counted", "superseded"]
    assert set(statuses(member("a.xlsx", 0), member("b.xlsx", 0)).values()) == {"undecided"}
    # A file beside the archive, saved after what is in it, but before it was made.
    assert set(statuses(member("a.xlsx", 0), together("b.xlsx", 90)).values()) == {"undecided"}
    assert list(statuses(member("a.xlsx", 0), together("b.xlsx", 700)).values()) == ["superseded", "counted"]


def test_a_broken_file_makes_the_one_beside_it_stale_only_where_it_is_the_later_one() -> None:
    def broken(name: str) -> Entry:
        return replace(set_aside(name, 3), receipt=replace(together(name).receipt))

    good = together(PLAIN)
    choose([good, broken(RECTIFIED)])
    assert good.is_stale
    good = together(RECTIFIED)
    choose([broken(PLAIN), good])
    assert not good.is_stale


def test_two_versions_of_a_dossier_of_one_instant_are_told_apart_by_name_or_not_at_all() -> None:
    assert chosen(dossier("dossier-7.json", 1, "2021-03-01"), dossier("dossier-7 (2).json", 1, "2021-03-01")) == [
        ("superseded", []),
        ("counted", APPLICATION_TABLES),
    ]
    one, other = dossier("dossier-7.json", 1, "2021-03-01"), dossier("7.json", 1, "2021-03-01")
    assert chosen(one, other) == [("undecided", []), ("undecided", [])]
    assert "le dossier 7" in one.notes[0]


def test_an_edition_in_two_files_of_one_run_is_undecided() -> None:
    entries = [panorama(name, "2018-07", None) for name in ("2018-07-open-data.csv", "2018-07-tableau.csv")]
    assert set(statuses(*entries).values()) == {"undecided"}
    assert "l'édition 2018-07 du panorama" in entries[0].notes[0]


def test_what_no_contract_reads_yet_waits_in_the_landing(settings: Settings) -> None:
    write_receipt(settings.landing_dir, receipt("facture-1.json", 1, kind="invoice", key="1"))
    with pytest.raises(RelanceError, match="Nothing had been received"):
        manifest.compose(settings, dt.datetime(2022, 1, 1, tzinfo=dt.UTC))


def test_nothing_received_by_then_is_nothing_to_publish(settings: Settings) -> None:
    with pytest.raises(RelanceError, match="Nothing had been received by 2016"):
        manifest.compose(settings, dt.datetime(2016, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A committed checkout of one module, one model and one table of reference figures."""
    for name in ("include/relance/a.py", "dbt_project/models/a.sql", "dbt_project/seeds/rates.csv"):
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as it was", encoding="utf-8")
    home = tmp_path / "home"
    (home / "expectations").mkdir()
    monkeypatch.setattr(manifest, "__file__", str(home / "include" / "relance" / "warehouse" / "manifest.py"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "essai")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "essai@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "as it was")):
        subprocess.run(["git", "-C", str(home), *words], check=True)
    return Settings(home=home, data_dir=tmp_path / "data")


def test_what_built_it_says_whether_its_commit_holds_it(checkout: Settings) -> None:
    committed = manifest.code_identity(checkout)
    assert committed["is_committed"] is True
    assert len(committed["commit"]) == 40
    assert manifest.moved_code(committed, committed) == (False, [])
    (checkout.home / "README.md").write_text("no source of a figure", encoding="utf-8")
    assert manifest.code_identity(checkout) == committed

    (checkout.dbt_dir / "seeds" / "rates.csv").write_text("corrected", encoding="utf-8")
    corrected = manifest.code_identity(checkout)
    assert (corrected["is_committed"], corrected["commit"]) == (False, committed["commit"])
    assert manifest.moved_code(committed, corrected) == (False, ["rates"])

    (checkout.dbt_dir / "models" / "b.sql").write_text("new", encoding="utf-8")
    assert manifest.moved_code(committed, manifest.code_identity(checkout)) == (True, ["rates"])
    assert manifest.moved_code(corrected, manifest.code_identity(checkout)) == (True, [])


def test_without_git_nobody_says_whether_it_is_committed(checkout: Settings) -> None:
    shutil.rmtree(checkout.home / ".git")
    found = manifest.code_identity(checkout)
    assert (found["commit"], found["is_committed"]) == (None, None)
