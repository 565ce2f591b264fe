"""What the tasks hand to the stages, which as-of date a run has, and which errors are tried again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from relance import stages
from relance.errors import NothingReceivedError, PublicationBlockedError, RelanceError

ASKED_AT = dt.datetime(2021, 6, 10, 14, 12, 30, 5, tzinfo=dt.UTC)
INTERVAL_END = dt.datetime(2021, 6, 10, 1, 0, tzinfo=dt.UTC)


@dataclass
class Run:
    run_type: str
    run_after: dt.datetime = ASKED_AT
    data_interval_end: dt.datetime | None = INTERVAL_END
    run_id: str = "run"
    start_date: dt.datetime | None = ASKED_AT
    conf: dict[str, Any] | None = None


def given_by(who: str | None) -> dict[str, Any]:
    """The configuration of a run whose reason was given for what it does now (`test_reasons.py`)."""
    return {"reason_given": {"start": ASKED_AT.isoformat(), "who": who}}


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_planned_run_is_as_of_the_end_of_its_data_interval(common: Any, run_type: str) -> None:
    assert common.as_of_of(Run(run_type), None) == INTERVAL_END


@pytest.mark.parametrize("interval_end", [INTERVAL_END, None], ids=["inferred interval", "no interval"])
def test_a_run_by_hand_is_as_of_the_moment_it_was_asked_for(common: Any, interval_end: dt.datetime | None) -> None:
    assert common.as_of_of(Run("manual", data_interval_end=interval_end), None) == ASKED_AT


def test_airflow_gives_the_run_type_as_an_enumeration(common: Any) -> None:
    from airflow.sdk.api.datamodels._generated import DagRunType

    assert common.as_of_of(Run(DagRunType.MANUAL), None) == ASKED_AT
    assert common.as_of_of(Run(DagRunType.BACKFILL), None) == INTERVAL_END


@pytest.mark.parametrize("run_type", ["manual", "scheduled", "backfill"])
@pytest.mark.parametrize(
    ("asked", "instant"),
    [
        ("2021-02-01", dt.datetime(2021, 2, 1, 2, 0, tzinfo=dt.UTC)),
        ("2021-07-01", dt.datetime(2021, 7, 1, 1, 0, tzinfo=dt.UTC)),
        ("2021-02-01T12:00", dt.datetime(2021, 2, 1, 11, 0, tzinfo=dt.UTC)),
        ("2021-02-01T12:00:00+00:00", dt.datetime(2021, 2, 1, 12, 0, tzinfo=dt.UTC)),
    ],
)
def test_an_as_of_date_that_is_asked_for_counts(common: Any, run_type: str, asked: str, instant: dt.datetime) -> None:
    assert common.as_of_of(Run(run_type), asked) == instant


@pytest.mark.parametrize("asked", ["yesterday", "2021-13-01", "2999-01-01"])
def test_a_bad_as_of_date_fails_for_good_with_its_sentence(common: Any, asked: str) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match=asked):
        common.as_of_of(Run("manual"), asked)


NOT_ASKED = {"as_of": None, "reason": None, "who": None}
COLLECTED = {"collect_applications": "application", "collect_panorama": "panorama", "collect_submissions": "submission"}


@pytest.mark.parametrize("dag_id", COLLECTED)
def test_a_collection_from_a_folder_is_of_its_own_feed(bag: Any, monkeypatch: pytest.MonkeyPatch, dag_id: str) -> None:
    asked: list[tuple[str, str | None]] = []

    def collect(feed: str, folder: str | None) -> stages.CollectSummary:
        asked.append((feed, folder))
        return stages.CollectSummary(feed, str(folder), ["a.csv"], [], [])

    monkeypatch.setattr(stages, "collect", collect)
    (summary,) = bag.dags[dag_id].get_task("collect").python_callable(params={"folder": "/somewhere"})
    assert asked == [(dag_id.removeprefix("collect_"), "/somewhere")]
    assert summary["new"] == ["a.csv"]


@pytest.mark.parametrize("dag_id", COLLECTED)
def test_a_nightly_collection_takes_every_feed_of_its_kind_that_is_for_the_night(
    bag: Any, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    kinds: list[str | None] = []

    def nightly_feeds(kind: str | None) -> list[str]:
        kinds.append(kind)
        return ["one", "two"]

    def collect_each(feeds: list[str], token_of: Any) -> Iterator[stages.CollectSummary]:
        return (stages.CollectSummary(feed, "/f", [], [], []) for feed in feeds)

    monkeypatch.setattr(stages, "nightly_feeds", nightly_feeds)
    monkeypatch.setattr(stages, "collect_each", collect_each)
    summaries = bag.dags[dag_id].get_task("collect").python_callable(params={"folder": None})
    assert kinds == [COLLECTED[dag_id]]
    assert [summary["feed"] for summary in summaries] == ["one", "two"]


@pytest.mark.parametrize("dag_id", COLLECTED)
def test_a_night_without_a_feed_of_the_kind_is_skipped_with_a_sentence(
    bag: Any, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setattr(stages, "nightly_feeds", lambda kind: [])
    with pytest.raises(AirflowSkipException, match=f"No feed of the kind {COLLECTED[dag_id]}"):
        bag.dags[dag_id].get_task("collect").python_callable(params={"folder": None})


def test_a_publication_is_one_chain_in_the_order_of_the_stages_and_asks_about_files_beside_it(bag: Any) -> None:
    dag = bag.dags["publish_reporting"]
    followers = {task.task_id: task.downstream_task_ids for task in dag.tasks}
    chain = ["prepare", "build", "audit", "approve", "publish", "serve"]
    expected = {one: {after} for one, after in pairwise(chain)} | {"serve": set()}
    beside = {"prepare": {"build", "held_files"}, "held_files": {"ask"}, "ask": set()}
    assert followers == expected | beside


def test_the_stages_of_a_publication_get_the_same_build(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, Any]] = []

    def stage(name: str, result: Any) -> Any:
        def call(argument: Any) -> Any:
            called.append((name, argument))
            return result

        return call

    monkeypatch.setattr(stages, "prepare", lambda as_of, backfill: stage("prepare", "b1")((as_of, backfill)))
    monkeypatch.setattr(stages, "unchanged", lambda build_id: None)
    for name, result in (("build", None), ("audit", None), ("publish", "/publications/b1")):
        monkeypatch.setattr(stages, name, stage(name, result))
    task = bag.dags["publish_reporting"].get_task
    value = task("prepare").python_callable(dag_run=Run("scheduled"), params=NOT_ASKED)
    for name in ("build", "audit", "publish"):
        value = task(name).python_callable(value)
    assert called == [("prepare", (INTERVAL_END, None)), ("build", "b1"), ("audit", "b1"), ("publish", "b1")]
    assert value == "/publications/b1"


ASKED = {"as_of": None, "reason": " barème corrigé ", "who": None}


@pytest.mark.parametrize(
    ("user", "named", "who"), [("claire", "paul", "claire"), (None, "paul", "paul"), (None, None, "airflow")]
)
def test_a_backfilled_night_is_prepared_with_its_reason_and_who_asked(
    bag: Any, monkeypatch: pytest.MonkeyPatch, user: str | None, named: str | None, who: str
) -> None:
    prepared: list[tuple[dt.datetime, Any]] = []
    monkeypatch.setattr(stages, "prepare", lambda as_of, backfill: prepared.append((as_of, backfill)))
    prepare = bag.dags["publish_reporting"].get_task("prepare").python_callable
    prepare(dag_run=Run("backfill", conf=given_by(user)), params={**ASKED, "who": named})
    kept = {"id": "run", "reason": "barème corrigé", "who": who, "from": None, "to": None}
    assert prepared == [(INTERVAL_END, kept)]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"reason": None}, "needs its reason"),
        ({"reason": "  "}, "needs its reason"),
        ({"as_of": "2021-02-01"}, "each night's own date"),
    ],
)
def test_a_backfill_without_a_reason_or_with_one_date_for_all_fails_for_good(
    bag: Any, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], sentence: str
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    monkeypatch.setattr(stages, "prepare", lambda as_of, backfill: pytest.fail("it was prepared"))
    prepare = bag.dags["publish_reporting"].get_task("prepare").python_callable
    with pytest.raises(AirflowFailException, match=sentence):
        prepare(dag_run=Run("backfill", conf=given_by("claire")), params={**ASKED, **params})


def test_a_night_before_anything_was_received_is_skipped_in_a_backfill_and_fails_otherwise(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    def prepare(as_of: dt.datetime, backfill: Any) -> None:
        raise NothingReceivedError("Nothing had been received.")

    monkeypatch.setattr(stages, "prepare", prepare)
    task = bag.dags["publish_reporting"].get_task("prepare").python_callable
    with pytest.raises(AirflowSkipException, match="Nothing"):
        task(dag_run=Run("backfill", conf=given_by("claire")), params=ASKED)
    with pytest.raises(AirflowFailException, match="Nothing"):
        task(dag_run=Run("scheduled"), params=NOT_ASKED)


def test_a_night_that_changes_nothing_is_skipped_with_the_revision_that_stands(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setattr(stages, "publish", lambda build_id: "/publications/2021-06-10/r1")
    monkeypatch.setattr(stages, "unchanged", lambda build_id: "the marts are those of 2021-06-10/r1")
    with pytest.raises(AirflowSkipException, match="2021-06-10/r1"):
        bag.dags["publish_reporting"].get_task("publish").python_callable("b1")


def test_a_verdict_is_not_asked_for_again(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    def audit(build_id: str) -> None:
        raise PublicationBlockedError(f"{build_id}: line ITN6 is exceeded by 0,01 €.")

    monkeypatch.setattr(stages, "audit", audit)
    with pytest.raises(AirflowFailException, match=r"^b1: line ITN6 is exceeded by 0,01 €\.$"):
        bag.dags["publish_reporting"].get_task("audit").python_callable("b1")


def test_what_may_pass_is_tried_again(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def audit(build_id: str) -> None:
        raise RelanceError("The disk is full.")

    monkeypatch.setattr(stages, "audit", audit)
    with pytest.raises(RelanceError, match="disk"):
        bag.dags["publish_reporting"].get_task("audit").python_callable("b1")
