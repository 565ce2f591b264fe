"""Every question of the page for analysts is answered by its query on the samples."""

from __future__ import annotations

import re

import pytest

from tests.pipeline.house import PROJECT, House

PAGE = (PROJECT / "docs" / "marts-questions.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^\*\*(.+?)\*\*\n\n```sql\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_every_query_of_the_page_has_its_question() -> None:
    assert len(QUESTIONS) == PAGE.count("```sql") == 32


@pytest.mark.parametrize(("question", "query"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_the_samples_answer(published_once: House, question: str, query: str) -> None:
    assert published_once.query(query) != [], question
