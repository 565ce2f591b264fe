"""What came of what, as OpenLineage events: receipt, parsed table, dbt's models, publication.

Told when a stage has ended, into `data/lineage.jsonl` and to the address in `OPENLINEAGE_URL` where there is one; not
at all with `OPENLINEAGE_DISABLED=true`. No stage fails of it: what goes wrong is logged by its type, since the text of
an error may hold a secret. Runs and tasks are told by Airflow's provider; `OPENLINEAGE_PARENT_ID` names the task in
which a stage runs.

Data sets keep their names from night to night, so that a catalogue sees one mart and its versions, and not another one
after each build.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance import asof
from relance.settings import Settings

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent

    from relance.landing.receipts import Receipt

log = logging.getLogger(__name__)

PRODUCER = "urn:relance:lineage"
PUBLICATIONS = "publications"
# How long the stage waits for an address in all, and for one of its answers. It is not asked twice.
ADDRESS_SECONDS, ANSWER_SECONDS = 10, 2


# A data set: its namespace, its name, and what is said of it.
DataSet = tuple[str, str, dict[str, Any]]


def is_on() -> bool:
    """Whether anything is told; the same variable and values switch Airflow's provider off."""
    return os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() not in ("true", "1", "t")


def _told(events_of: Callable[..., Iterable[RunEvent]]) -> Callable[..., None]:
    """Have the events sent, or logged that they were not."""

    @wraps(events_of)
    def tell(settings: Settings, *arguments: Any) -> None:
        if not is_on():
            return
        try:
            if events := list(events_of(settings, *arguments)):
                _send(settings, events)
        except Exception as error:
            log.warning("The lineage of this stage was not told (%s).", type(error).__name__)

    return tell


@_told
def collected(settings: Settings, feed: str, receipts: Sequence[Receipt]) -> Iterator[RunEvent]:
    """A collection landed new receipts."""
    if receipts:
        yield _event(settings, f"collect.{feed}", [], [_landed(settings, receipt) for receipt in receipts])


@_told
def prepared(settings: Settings, manifest: dict[str, Any]) -> Iterator[RunEvent]:
    """A build's manifest says which receipts each parsed table is made of: an event a table."""
    tables = sorted({table for receipt in manifest["receipts"] for table in receipt["tables"]})
    for table in tables:
        # Their names alone: there are thousands of dossiers, the same every night.
        landed: list[DataSet] = [
            (settings.lineage_namespace, _receipt(one["feed"], one["receipt_id"]), {})
            for one in manifest["receipts"]
            if table in one["tables"]
        ]
        yield _event(settings, f"prepare.{table}", landed, [(_warehouse(settings), f"warehouse.raw.{table}", {})])


@_told
def built(settings: Settings, target: Path) -> list[RunEvent]:
    """dbt's models, read by OpenLineage's own library from what dbt wrote into its `target` folder.

    An event a model: what the library says of its start is the same again, and of its tests, without which there would
    be no build, that they passed.
    """
    from openlineage.common.provider.dbt import DbtLocalArtifactProcessor
    from openlineage.common.provider.dbt.utils import PRODUCER, get_parent_run_metadata

    processor = DbtLocalArtifactProcessor(
        project_dir=str(settings.dbt_dir),
        target_path=str(target),
        producer=PRODUCER,
        job_namespace=settings.lineage_namespace,
    )
    # The library supports DuckDB, and names its data sets by the file, which is another each night.
    processor.extract_namespace = lambda profile: _warehouse(settings)
    processor.dbt_run_metadata = get_parent_run_metadata()
    return [event for event in processor.parse().completes if event.outputs]


@_told
def published(settings: Settings, publication: Path) -> Iterator[RunEvent]:
    """A publication was placed: it holds the marts of one build, and is one version of the publications."""
    from openlineage.client.facet_v2 import dataset_version_dataset

    from relance.publication.current import read_publication

    marts = (read_publication(publication) or {})["marts"]
    version = dataset_version_dataset.DatasetVersionDatasetFacet(f"{publication.parent.name}/{publication.name}")
    held: list[DataSet] = [(_warehouse(settings), f"warehouse.{mart}", {}) for mart in marts]
    yield _event(settings, "publish", held, [(settings.lineage_namespace, PUBLICATIONS, {"version": version})])


def _warehouse(settings: Settings) -> str:
    return f"duckdb://{settings.lineage_namespace}"


def _receipt(feed: str, receipt_id: str) -> str:
    return f"landing/{feed}/{receipt_id}"


def _landed(settings: Settings, receipt: Receipt) -> DataSet:
    from openlineage.client.facet_v2 import dataset_version_dataset, documentation_dataset

    said = {
        "documentation": documentation_dataset.DocumentationDatasetFacet(receipt.file_name),
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(receipt.sha256),
    }
    return settings.lineage_namespace, _receipt(receipt.feed, receipt.receipt_id), said


def _event(settings: Settings, job: str, inputs: Iterable[DataSet], outputs: Iterable[DataSet]) -> RunEvent:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import job_type_job
    from openlineage.client.uuid import generate_new_uuid
    from openlineage.common.provider.dbt.utils import get_parent_run_metadata

    parent = get_parent_run_metadata()
    kind = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="RELANCE", jobType="STAGE")
    read: list[InputDataset] = [InputDataset(space, name, facets=said) for space, name, said in inputs]
    written: list[OutputDataset] = [OutputDataset(space, name, facets=said) for space, name, said in outputs]
    return RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=asof.now().isoformat(),
        run=Run(str(generate_new_uuid()), {"parent": parent.to_openlineage()} if parent else {}),
        job=Job(settings.lineage_namespace, job, {"jobType": kind}),
        inputs=read,
        outputs=written,
        producer=PRODUCER,
    )


def _send(settings: Settings, events: Sequence[RunEvent]) -> None:
    """Send the events in their order, each way as far as it goes."""
    for way, client in _clients(settings).items():
        until = time.monotonic() + ADDRESS_SECONDS
        for sent, event in enumerate(events):
            try:
                if time.monotonic() > until:
                    raise TimeoutError
                client.emit(event)
            except Exception as error:
                left = len(events) - sent
                log.warning(
                    "%d of %d lineage events did not go to %s (%s).", left, len(events), way, type(error).__name__
                )
                break
        client.close()


def _clients(settings: Settings) -> dict[str, OpenLineageClient]:
    """The ways out, each with a client of its own: an address that does not answer keeps nothing from the file."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.file import FileConfig, FileTransport
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    settings.lineage_file.parent.mkdir(parents=True, exist_ok=True)
    file = FileTransport(FileConfig(str(settings.lineage_file), append=True))
    clients = {settings.lineage_file.name: OpenLineageClient(transport=file)}
    if url := os.environ.get("OPENLINEAGE_URL"):
        told: dict[str, Any] = {"url": url, "timeout": ANSWER_SECONDS, "retry": {"total": 0}}
        if key := os.environ.get("OPENLINEAGE_API_KEY"):
            told["auth"] = {"type": "api_key", "apiKey": key}
        if endpoint := os.environ.get("OPENLINEAGE_ENDPOINT"):
            told["endpoint"] = endpoint
        clients["OPENLINEAGE_URL"] = OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict(told)))
    return clients
