"""What the DAG files share: defaults, nightly timetable, and how a run's as-of date is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

from airflow.sdk import CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from relance.airflow.alerting import failed, mended, run_type
from relance.airflow.lineage import under_task
from relance.asof import parse_as_of
from relance.errors import RelanceError

# Before the first edition of the panorama (June 2017): no night before it has anything to publish.
FIRST_NIGHT = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)
# What a DAG that collects or sends may be: what was there last year cannot be asked for today.
NEVER_BACKFILLED: Any = ("scheduled", "manual")
# What a DAG that another one triggers may be.
ASKED_FOR: Any = ("manual", "operator_triggered")

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "relance",
    "retries": 3,
    "retry_delay": dt.timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": dt.timedelta(minutes=20),
    "execution_timeout": dt.timedelta(hours=1),
    "on_execute_callback": under_task,
    "on_failure_callback": failed,
    "on_success_callback": mended,
    "on_skipped_callback": mended,
}


class Run(Protocol):
    """What is read of a DAG run. A run started by hand has no data interval of its own."""

    run_type: Any
    run_after: dt.datetime
    data_interval_end: dt.datetime | None


def nightly(time: str) -> CronDataIntervalTimetable:
    """Every night at `time` ("03:00") in Paris, with the day that ends then as data interval."""
    hour, minute = time.split(":")
    return CronDataIntervalTimetable(f"{int(minute)} {int(hour)} * * *", timezone="Europe/Paris")


def skip(sentence: str) -> NoReturn:
    """End the task as skipped: nothing had to be done, and nothing went wrong."""
    raise AirflowSkipException(sentence)


@contextmanager
def beyond_retry(*errors: type[RelanceError], is_skipped: bool = False) -> Iterator[None]:
    """Fail the task for good on `errors`, or skip it: the same input would fail the same way again."""
    try:
        yield
    except errors as error:
        raise (AirflowSkipException if is_skipped else AirflowFailException)(str(error)) from error


def as_of_of(run: Run, asked: str | None) -> dt.datetime:
    """The as-of instant of a run, the same at each retry: the one asked for, or else the data interval's end.

    Of a run by hand when it was asked for: its inferred interval ends in the past night, before what came since.
    """
    if asked:
        with beyond_retry(RelanceError):
            return parse_as_of(asked)
    is_by_hand = run_type(run) == "manual"
    return run.run_after if is_by_hand or run.data_interval_end is None else run.data_interval_end
