"""A range of nights restated with one command: killed and gone on with, compared with nights run one by one."""

from __future__ import annotations

import json
import time

from tests.pipeline.house import House, marts_hashes

NIGHTS = ("2021-04-10", "2021-04-11")
ASKED = ("backfill", "--from", NIGHTS[0], "--to", NIGHTS[-1], "--reason", "barème corrigé", "--parallel", "1")


def test_a_killed_backfill_goes_on_and_equals_nights_run_one_by_one(empty_house: House) -> None:
    empty_house.collect_samples()
    assert "needs its reason" in empty_house.run(*ASKED[:5], expect=1)
    assert "--to (make: TO=) is missing" in empty_house.run(*ASKED[:4], "", *ASKED[5:], expect=1)
    assert "The night of 2999-01-01 has not come yet" in empty_house.run(*ASKED[:4], "2999-01-01", *ASKED[5:], expect=1)
    assert "2 new" in empty_house.run(*ASKED, "--dry-run")
    assert "Nothing was done" in empty_house.run(*ASKED, expect=1)
    assert not empty_house.publications.exists()

    process = empty_house.start(*ASKED, "--yes")
    while not list(empty_house.publications.glob("*/r1/manifest.json")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = {path.parents[1].name for path in empty_house.publications.glob("*/r*/manifest.json")}
    assert before < set(NIGHTS)

    output = empty_house.run(*ASKED, "--yes")
    assert "Going on with" in output
    assert "2 published" in output
    assert [path.name for path in sorted(empty_house.publications.glob("2021-*/r*"))] == ["r1"] * 2
    manifest = json.loads((empty_house.publications / NIGHTS[1] / "r1" / "manifest.json").read_text())
    kept = {name: manifest["backfill"][name] for name in ("reason", "from", "to")}
    assert kept == {"reason": "barème corrigé", "from": NIGHTS[0], "to": NIGHTS[-1]}
    assert "barème corrigé" in empty_house.run("publications", "list")
    assert empty_house.current.resolve().parent.name == NIGHTS[-1]

    empty_house.run("publish", "--as-of", NIGHTS[1])
    one_by_one = empty_house.publications / NIGHTS[1] / "r2"
    assert marts_hashes(one_by_one) == marts_hashes(empty_house.publications / NIGHTS[1] / "r1")
    assert empty_house.current.resolve().parent.name == NIGHTS[-1]

    output = empty_house.run("backfill", "--from", NIGHTS[1], "--to", NIGHTS[1], "--reason", "pour voir", "--yes")
    assert "byte for byte: no new revision" in output
    assert not (empty_house.publications / NIGHTS[1] / "r3").exists()
