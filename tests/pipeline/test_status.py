"""`relance status` on a published house: what stands, and the exit code for whoever watches it from outside."""

from __future__ import annotations

import json

from tests.pipeline.house import House


def test_a_house_that_is_published_needs_nobody(house: House) -> None:
    shown = house.run("status", "--check")
    assert "Nothing needs anybody." in shown
    told = json.loads(house.run("status", "--json"))
    name = house.current.resolve().relative_to(house.publications.resolve()).as_posix()
    assert told["current"]["name"] == name
    assert [(run["outcome"], run["publication"]) for run in told["runs"]] == [("published", name)]
    assert told["disk"]["used_bytes"]["landing"] > 0
    late = dict(house.query("select feed, coalesce(is_late, false) from quality.feed_status"))
    assert {feed["feed"]: feed["is_late"] for feed in told["feeds"]} == late


def test_what_needs_somebody_is_said_first_and_by_the_exit_code(house: House) -> None:
    (build,) = (path.parent for path in house.data_dir.glob("builds/*/manifest.json"))
    held = build.with_name("2021-02-01-0123abcd")
    held.mkdir()
    (held / "manifest.json").write_text(json.dumps({"as_of": "2021-02-01T02:00:00+00:00"}))
    verdict = {"outcome": "hold", "sentences": ["48 projets, 46 annoncés."], "counts": {}}
    (held / "verdict.json").write_text(json.dumps(verdict))
    for turn in house.data_dir.glob("landing/turns/submissions/*.json"):
        turn.write_text(turn.read_text().replace(json.loads(turn.read_text())["ended_at"], "2021-02-01T00:00:00+00:00"))
    shown = house.run("status", "--check", expect=1)
    assert "! Late: submissions." in shown
    assert "! 1 build(s) wait for a decision" in shown
    assert "48 projets, 46 annoncés." in shown
    runs = json.loads(house.run("status", "--json"))["runs"]
    assert [run["outcome"] for run in runs] == ["published", "held"]
    (held / "decision.json").write_text(json.dumps({"decision": "rejected"}))
    assert json.loads(house.run("status", "--json"))["runs"][1]["outcome"] == "rejected"
    assert "wait for a decision" not in house.run("status")


def test_an_empty_house_says_so(empty_house: House) -> None:
    assert "! Nothing is published yet" in empty_house.run("status", "--check", expect=1)
