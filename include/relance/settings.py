"""Where things are: the project's own folders and the data folder. No feed, no figure and no secret here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from relance.errors import RelanceError


@dataclass(frozen=True)
class Settings:
    """The folders a run reads and writes.

    `home` is the checkout (DAGs, dbt project, expectations, samples); `data_dir` holds everything a run
    writes. Both are absolute.
    """

    home: Path
    data_dir: Path

    @classmethod
    def from_env(cls) -> Settings:
        """Read `RELANCE_HOME` (default: the checkout this file is in) and `RELANCE_DATA_DIR` (default: `data`)."""
        home = Path(os.environ.get("RELANCE_HOME") or Path(__file__).resolve().parents[2]).resolve()
        data = os.environ.get("RELANCE_DATA_DIR")
        return cls(home=home, data_dir=Path(data).resolve() if data else home / "data")

    @property
    def feeds_file(self) -> Path:
        """The feeds: `RELANCE_FEEDS`, or the file shipped with the package."""
        return Path(os.environ.get("RELANCE_FEEDS") or Path(__file__).parent / "feeds.yml")

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def parsed_dir(self) -> Path:
        return self.data_dir / "parsed"

    @property
    def unpacked_dir(self) -> Path:
        """The files of received archives, by archive and content; may be deleted at any time."""
        return self.data_dir / "unpacked"

    @property
    def feedback_dir(self) -> Path:
        """The answers to senders, by feed and reception; may be deleted at any time."""
        return self.data_dir / "feedback"

    @property
    def mails_dir(self) -> Path:
        """What was sent to whom, by feed and reception."""
        return self.data_dir / "mails"

    @property
    def alerts_dir(self) -> Path:
        """What whoever is on call was told and is not mended; deleting a file has it told again."""
        return self.data_dir / "alerts"

    @property
    def verification_file(self) -> Path:
        """What the last verification of the landing found (`relance landing verify`)."""
        return self.data_dir / "verification.json"

    @property
    def lineage_file(self) -> Path:
        """The lineage events since the last housekeeping, one a line; may be deleted at any time."""
        return self.data_dir / "lineage.jsonl"

    @property
    def old_lineage_dir(self) -> Path:
        """The lineage events before, by the day of the housekeeping that set them aside."""
        return self.data_dir / "lineage"

    @property
    def builds_dir(self) -> Path:
        return self.data_dir / "builds"

    @property
    def publications_dir(self) -> Path:
        return self.data_dir / "publications"

    @property
    def backfills_dir(self) -> Path:
        """Who had which nights restated and why, and what became of each."""
        return self.data_dir / "backfills"

    @property
    def dbt_cache_dir(self) -> Path:
        """dbt's parsed project; may be deleted at any time."""
        return self.data_dir / "cache" / "dbt"

    @property
    def dbt_dir(self) -> Path:
        return self.home / "dbt_project"

    @property
    def expectations_dir(self) -> Path:
        return self.home / "expectations"

    @property
    def keep_days(self) -> int:
        """For how many days every publication is kept (`RELANCE_KEEP_DAYS`); older ones: `publication/shelf.py`."""
        return _whole_number("RELANCE_KEEP_DAYS", 92)

    @property
    def keep_build_days(self) -> int:
        """For how many days a build that is over is kept (`RELANCE_KEEP_BUILD_DAYS`)."""
        return _whole_number("RELANCE_KEEP_BUILD_DAYS", 31)

    @property
    def keep_airflow_days(self) -> int:
        """For how many days Airflow's database remembers runs (`RELANCE_KEEP_AIRFLOW_DAYS`)."""
        return _whole_number("RELANCE_KEEP_AIRFLOW_DAYS", 183)

    @property
    def approval_minutes(self) -> int:
        """After how many minutes without an answer a held build is rejected (`RELANCE_APPROVAL_MINUTES`): 20 hours,

        so that a night that nobody answers has ended before the next begins.
        """
        return _whole_number("RELANCE_APPROVAL_MINUTES", 1200)

    @property
    def deadline_minutes(self) -> int:
        """How long after it was begun a night should have ended (`RELANCE_DEADLINE_MINUTES`): at 05:00 in Paris."""
        return _whole_number("RELANCE_DEADLINE_MINUTES", 120)

    @property
    def alert_addresses(self) -> list[str]:
        """Who is told by mail what needs somebody: `RELANCE_ALERTS_TO`, separated by commas."""
        return [one.strip() for one in os.environ.get("RELANCE_ALERTS_TO", "").split(",") if one.strip()]

    @property
    def runbook_url(self) -> str:
        """Where docs/operations.md can be read (`RELANCE_RUNBOOK_URL`), for the links in alerts."""
        return os.environ.get("RELANCE_RUNBOOK_URL") or "docs/operations.md"

    @property
    def lineage_namespace(self) -> str:
        """Under which name a catalogue of lineage knows this house (`OPENLINEAGE_NAMESPACE`)."""
        return os.environ.get("OPENLINEAGE_NAMESPACE") or "relance"

    @property
    def postgres_reader(self) -> str | None:
        """The role that may read the copy in PostgreSQL (`RELANCE_POSTGRES_READER`); none: only who owns it."""
        return os.environ.get("RELANCE_POSTGRES_READER") or None


def _whole_number(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable) or str(otherwise)
    if not text.isdecimal() or int(text) < 1:
        raise RelanceError(f"{variable} is {text!r}: expected a whole number from 1 on.")
    return int(text)
