"""Mail to senders by Airflow's notifier, to a real SMTP server on this machine."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relance import stages
from relance.errors import RelanceError
from tests.servers.mail import PASSWORD, REFUSED, Mailbox

SAMPLE = Path(__file__).parents[2] / "samples" / "submissions" / "INT_2021-T1.xlsx"


@pytest.fixture
def answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Submissions that came in now and were answered, with the contacts of the feeds file."""

    def answer(contacts: dict[str, list[str]] | None, *names: str) -> None:
        folder = tmp_path / "drop"
        folder.mkdir()
        for name in names:
            shutil.copy(SAMPLE, folder / name)
        feed: dict[str, Any] = {
            "kind": "submission",
            "title_fr": "Remontées",
            "folder": str(folder),
            "settle_seconds": 0,
            "name_pattern": r"^(?P<key>[A-Z]{3})_(?P<period>20\d\d-T[1-4])(?!\d)",
        }
        if contacts:
            feed["contacts"] = contacts
        (tmp_path / "feeds.yml").write_text(json.dumps({"feeds": {"drop": feed}}))
        monkeypatch.setenv("RELANCE_FEEDS", str(tmp_path / "feeds.yml"))
        monkeypatch.setenv("RELANCE_DATA_DIR", str(tmp_path / "data"))
        stages.collect("drop")
        stages.prepare(dt.datetime.now(dt.UTC))

    return answer


def send(bag: Any) -> Any:
    return bag.dags["send_feedback"].get_task("send").python_callable()


@pytest.mark.usefixtures("mail_connection")
def test_a_sender_is_sent_his_feedback_once(
    bag: Any, mailbox: Mailbox, answered: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answered({"INT": ["suivi@int.test.fr"]}, "INT_2021-T1.xlsx")
    assert send(bag) == {"sent": 1}
    ((recipients, message),) = mailbox.received
    assert recipients == ["suivi@int.test.fr"]
    assert (message["From"], message["To"]) == ("relance@dinum.test.fr", "suivi@int.test.fr")
    assert message["Subject"].startswith("INT_2021-T1.xlsx : Pris en compte")
    body = message.get_body()
    assert body is not None
    assert "Votre fichier « INT_2021-T1.xlsx », reçu le" in body.get_content()
    (folder,) = (tmp_path / "data" / "feedback" / "drop").iterdir()
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert attached == {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "feedback.json"}
    assert send(bag) == {"sent": 0}
    assert len(mailbox.received) == 1
    assert PASSWORD not in caplog.text


@pytest.mark.usefixtures("mail_connection")
def test_a_name_that_looks_like_a_template_arrives_as_it_is(
    bag: Any, mailbox: Mailbox, answered: Callable[..., None]
) -> None:
    answered({"INT": ["suivi@int.test.fr"]}, "INT_2021-T1 {{ 6*7 }} {% raw %}.xlsx")
    send(bag)
    ((_, message),) = mailbox.received
    assert message["Subject"].startswith("INT_2021-T1 {{ 6*7 }} {% raw %}.xlsx")
    body = message.get_body()
    assert body is not None
    assert "{{ 6*7 }} {% raw %}" in body.get_content()


@pytest.mark.usefixtures("mail_connection")
def test_an_address_that_is_refused_does_not_stop_the_others(
    bag: Any, mailbox: Mailbox, answered: Callable[..., None]
) -> None:
    answered({"INT": [REFUSED, "suivi@int.test.fr"]}, "INT_2021-T1.xlsx")
    with pytest.raises(RelanceError, match=r"1 of 2 letters could not be sent") as caught:
        send(bag)
    assert REFUSED in str(caught.value)
    assert "550" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert [recipients for recipients, _ in mailbox.received] == [["suivi@int.test.fr"]]
    with pytest.raises(RelanceError, match=r"1 of 1 letters"):
        send(bag)
    assert len(mailbox.received) == 1


@pytest.mark.usefixtures("mail_connection")
def test_without_contacts_the_task_is_skipped_with_a_sentence(
    bag: Any, mailbox: Mailbox, answered: Callable[..., None]
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    answered(None, "INT_2021-T1.xlsx")
    with pytest.raises(AirflowSkipException, match="has contacts"):
        send(bag)
    assert mailbox.received == []


def test_without_a_connection_the_task_is_skipped_with_a_sentence(bag: Any, answered: Callable[..., None]) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    answered({"INT": ["suivi@int.test.fr"]}, "INT_2021-T1.xlsx")
    with pytest.raises(AirflowSkipException, match="no Airflow connection smtp_default"):
        send(bag)
