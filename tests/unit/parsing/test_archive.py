"""ZIPs of files: each file stands for itself, what cannot be taken is said, and no name is ever a path."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from relance.errors import DamagedError
from relance.landing.receipts import Receipt, receipt_id, write_receipt
from relance.parsing import SetAside, unpack
from relance.settings import Settings
from relance.warehouse.manifest import Entry, compose
from tests.damage import flip

EXECUTION = (
    "Code du ministère;COT\nPériode;2021-T2\n\n"
    "N° de subvention;AE engagées cumulées (€);CP payés cumulés (€)\nA1;10,50;5\nA2;3;1\n"
)
AWARDS = Path(__file__).parents[3] / "samples" / "submissions" / "COT_2021-T2_subventions.csv"


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def unpacked(tmp_path: Path, data: bytes) -> Any:
    source = tmp_path / "source"
    source.write_bytes(data)
    return unpack(source, tmp_path / "unpacked")


def refusal(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(SetAside) as refused:
        unpacked(tmp_path, data)
    return str(refused.value)


def the_other_one(tmp_path: Path, data: bytes) -> str:
    """The reason of the one member refused, beside `good.csv` which is read."""
    good, bad = sorted(unpacked(tmp_path, data).members, key=lambda member: member.path is None)
    assert (good.name, good.path.read_text()) == ("good.csv", EXECUTION)
    assert (bad.path, bad.sha256) == (None, None)
    reason: str = bad.reason
    return reason


def test_each_file_lies_by_its_hash_and_what_is_no_table_is_noted(tmp_path: Path) -> None:
    data = zip_of(
        ("dossier/execution.csv", EXECUTION), ("lettre.pdf", "%PDF-1.4"), ("__MACOSX/dossier/._execution.csv", "x"),
        ("dossier/.DS_Store", "x"), ("Thumbs.db", "x"), ("dossier/~$execution.xlsx", "x"),
    )  # fmt: skip
    result = unpacked(tmp_path, data)
    [member] = result.members
    sha256 = hashlib.sha256(EXECUTION.encode()).hexdigest()
    assert (member.name, member.sha256, member.size) == ("dossier/execution.csv", sha256, len(EXECUTION.encode()))
    assert [path.name for path in (tmp_path / "unpacked").iterdir()] == [sha256]
    assert result.notes == (
        "4 éléments ajoutés (« __MACOSX/dossier/._execution.csv », « dossier/.DS_Store », « Thumbs.db » et "
        "« dossier/~$execution.xlsx ») par le système, non lus.",
        "1 fichier (« lettre.pdf ») ni CSV, ni XLSX, ni XLS, ni ODS, non lu.",
    )


@pytest.mark.parametrize(
    "name",
    ["../bad.csv", "a/../../bad.csv", "/etc/bad.csv", "C:\\bad.csv", "C:bad.csv", "..\\bad.csv", "b\u202evsc.csv"],
)
def test_a_name_that_leads_out_of_the_archive_is_refused_and_written_nowhere(tmp_path: Path, name: str) -> None:
    reason = the_other_one(tmp_path, zip_of(("good.csv", EXECUTION), (name, "bad")))
    assert "est un chemin qui sort de l'archive ou contient des caractères invisibles" in reason
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 2


def test_backslashes_between_folders_are_what_old_windows_tools_write(tmp_path: Path) -> None:
    [member] = unpacked(tmp_path, zip_of(("dossier\\execution.csv", EXECUTION))).members
    assert member.name == "dossier/execution.csv"
    assert member.path is not None


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("bad.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "c'est un lien vers un autre fichier" in the_other_one(
        tmp_path, zip_of(("good.csv", EXECUTION), (link, "/etc/passwd"))
    )


def test_an_archive_in_the_archive_is_refused(tmp_path: Path) -> None:
    inner = zip_of(("x.csv", EXECUTION))
    assert "c'est une archive dans l'archive" in the_other_one(
        tmp_path, zip_of(("good.csv", EXECUTION), ("b.zip", inner))
    )


def flagged(data: bytes, name: str, flag: int) -> bytes:
    """The same ZIP with a flag bit set in both headers of one member."""
    raw, wanted = bytearray(data), name.encode()
    for signature, flags_at, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = raw.find(signature)
        while at >= 0:
            if raw[at + name_at : at + name_at + len(wanted)] == wanted:
                raw[at + flags_at] |= flag
            at = raw.find(signature, at + 4)
    return bytes(raw)


def test_a_file_with_a_password_is_refused_and_an_archive_of_only_such_is_set_aside(tmp_path: Path) -> None:
    both = zip_of(("good.csv", EXECUTION), ("secret.csv", "x"))
    assert "il est protégé par un mot de passe" in the_other_one(tmp_path, flagged(both, "secret.csv", 1))
    reason = refusal(tmp_path, flagged(zip_of(("secret.csv", "x")), "secret.csv", 1))
    assert reason == (
        "Aucun fichier de l'archive ZIP ne peut être lu. « secret.csv » : il est protégé par un mot de passe : il ne "
        "peut pas être lu. Refaire l'archive sans mot de passe."
    )


def test_two_files_of_one_name_are_refused_both(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zip_of(("good.csv", EXECUTION), ("bad.csv", "1"), ("bad.csv", "2"))
    assert "l'archive contient 2 fichiers de ce nom" in the_other_one(tmp_path, data)


def test_a_file_whose_bytes_do_not_agree_with_the_directory_is_refused(tmp_path: Path) -> None:
    data = zip_of(("good.csv", EXECUTION), ("bad.csv", "x" * 1000))
    at = data.rfind(b"PK\x01\x02")
    for skip, value in ((16, 1), (24, 10)):  # another checksum; a size smaller than the real one
        broken = data[: at + skip] + struct.pack("<I", value) + data[at + skip + 4 :]
        assert "son contenu ne correspond pas" in the_other_one(tmp_path, broken)


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    data = zip_of(("good.csv", EXECUTION), ("bad.csv", "x"))
    at = data.rfind(b"PK\x01\x02")
    data = data[: at + 10] + struct.pack("<H", 9) + data[at + 12 :]
    assert "compressé d'une façon qui n'est pas lue" in the_other_one(tmp_path, data)


@pytest.mark.parametrize(
    ("stored", "flags", "shown"),
    [
        ("été.csv".encode(), 0x800, "été.csv"),
        ("e\u0301te\u0301.csv".encode(), 0, "été.csv"),  # macOS: UTF-8, decomposed, without its flag
        ("été.csv".encode("cp437"), 0, "été.csv"),
        ("À côté.csv".encode("cp850"), 0, "À côté.csv"),
    ],
)
def test_names_are_read_in_the_encodings_that_are_sent(tmp_path: Path, stored: bytes, flags: int, shown: str) -> None:
    placeholder = "x" * len(stored)
    data = zip_of((placeholder, EXECUTION)).replace(placeholder.encode(), stored)
    raw = bytearray(data)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", raw, raw.find(signature) + at, flags)
    [member] = unpacked(tmp_path, bytes(raw)).members
    assert (member.name, member.reason) == (shown, None)


def test_an_archive_with_nothing_to_read_is_set_aside(tmp_path: Path) -> None:
    assert "est vide" in refusal(tmp_path, zip_of())
    assert "est vide" in refusal(tmp_path, zip_of(("dossier/", "")))
    assert "aucun fichier CSV, XLSX, XLS ou ODS (trouvé : « lettre.pdf »)" in refusal(
        tmp_path, zip_of(("lettre.pdf", "x"))
    )
    assert "(trouvé : « a.zip »)" in refusal(tmp_path, zip_of(("a.zip", zip_of(("b.csv", "x")))))


def test_an_element_without_a_name_is_not_read(tmp_path: Path) -> None:
    data = zip_of(("good.csv", EXECUTION), ("x", ""))
    at = data.rfind(b"PK\x01\x02")
    data = data[: at + 28] + struct.pack("<HH", 0, 1) + data[at + 32 :]  # its one letter becomes an extra field
    result = unpacked(tmp_path, data)
    assert [member.name for member in result.members] == ["good.csv"]
    assert result.notes == ("1 fichier (« (sans nom) ») ni CSV, ni XLSX, ni XLS, ni ODS, non lu.",)


def test_an_archive_of_too_many_files_is_set_aside(tmp_path: Path) -> None:
    reason = refusal(tmp_path, zip_of(*((f"{number}.csv", "x") for number in range(201))))
    assert "contient 201 fichiers à lire ; la limite est de 200" in reason
    assert not (tmp_path / "unpacked").exists()


def test_a_directory_without_end_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("relance.parsing.container.MAX_DIRECTORY_BYTES", 1_000)
    data = zip_of(*((f"{number}.csv", "") for number in range(100)))
    assert "Le sommaire du fichier compressé occupe" in refusal(tmp_path, data)


def test_elements_over_one_another_are_refused(tmp_path: Path) -> None:
    data = bytearray(zip_of(("a.csv", "x" * 100), ("b.csv", "x" * 100)))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 42, 0)  # the second one begins where the first does
    assert "occupent la même place" in refusal(tmp_path, bytes(data))


def test_what_grows_more_than_data_does_is_refused(tmp_path: Path) -> None:
    reason = refusal(tmp_path, zip_of(("a.csv", EXECUTION), ("bomb.csv", b"0" * (40 << 20))))
    assert "« bomb.csv »" in reason
    assert "plus de 500 fois" in reason


# -- in the manifest


AS_OF = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)


def land(settings: Settings, name: str, data: bytes, day: int = 1, key: str | None = "COT") -> Receipt:
    sha256 = hashlib.sha256(data).hexdigest()
    objects = settings.landing_dir / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    (objects / sha256).write_bytes(data)
    at = dt.datetime(2021, 7, day, tzinfo=dt.UTC)
    identity = receipt_id("submissions", name, sha256, at)
    receipt = Receipt(
        identity, "submissions", "submission", name, f"file:///{name}", sha256, len(data), at, key, "2021-T2", "run"
    )
    write_receipt(settings.landing_dir, receipt)
    return receipt


def told(entries: list[Entry]) -> list[tuple[str, str, list[str]]]:
    return [(entry.receipt.file_name, entry.status, sorted(entry.counted)) for entry in entries]


def test_each_file_of_an_archive_counts_as_if_it_had_come_alone(settings: Settings) -> None:
    land(settings, "COT_2021-T1.csv", EXECUTION.replace("2021-T2", "2021-T1").encode())
    files = (("execution.csv", EXECUTION), (AWARDS.name, AWARDS.read_bytes()), ("JUS_2021-T3.csv", ""))
    archive = land(settings, "COT_2021-T2.zip", zip_of(*files), day=2)
    entries = compose(settings, AS_OF)
    assert told(entries) == [
        ("COT_2021-T1.csv", "counted", ["cover", "execution"]),
        ("COT_2021-T2.zip", "unpacked", []),
        ("COT_2021-T2.zip/COT_2021-T2_subventions.csv", "counted", ["awards", "cover"]),
        ("COT_2021-T2.zip/JUS_2021-T3.csv", "set_aside", []),
        ("COT_2021-T2.zip/execution.csv", "counted", ["cover", "execution"]),
    ]
    of_archive, awards, empty, execution = entries[1:]
    assert (of_archive.tables, of_archive.reason) == ({}, None)
    # Its own name says more than the archive's; where it says nothing the archive's holds.
    assert (empty.receipt.key, empty.receipt.period) == ("JUS", "2021-T3")
    assert (execution.receipt.key, execution.receipt.period) == ("COT", "2021-T2")
    assert execution.receipt.received_at == archive.received_at
    assert execution.receipt.receipt_id == receipt_id(
        "submissions", "COT_2021-T2.zip/execution.csv", execution.receipt.sha256, archive.received_at
    )
    assert awards.archive_receipt_id == archive.receipt_id
    path = settings.unpacked_dir / archive.sha256 / execution.receipt.sha256
    assert path.read_text() == EXECUTION


def test_a_bad_file_of_an_archive_is_set_aside_and_makes_no_neighbour_stale(settings: Settings) -> None:
    before = land(settings, "before.csv", EXECUTION.encode())
    land(settings, "COT_2021-T2.zip", zip_of(("b.csv", EXECUTION + "A3;1;1\n"), ("c.csv", ""), ("../d.csv", "")), day=2)
    entries = compose(settings, AS_OF)
    assert told(entries) == [
        (before.file_name, "superseded", []),
        ("COT_2021-T2.zip", "unpacked", []),
        ("COT_2021-T2.zip/b.csv", "counted", ["cover", "execution"]),
        ("COT_2021-T2.zip/c.csv", "set_aside", []),
        ("COT_2021-T2.zip/…/d.csv", "set_aside", []),
    ]
    assert not entries[2].is_stale
    assert entries[4].reason is not None
    assert entries[4].reason.startswith("Dans l'archive, « …/d.csv » : son nom dans l'archive, « ../d.csv »")


def test_an_archive_that_cannot_be_opened_leaves_the_one_before_counting(settings: Settings) -> None:
    land(settings, "before.csv", EXECUTION.encode())
    land(settings, "COT_2021-T2.zip", zip_of(("lettre.pdf", "x")), day=2)
    before, archive = compose(settings, AS_OF)
    assert (before.status, before.is_stale, archive.status) == ("counted", True, "set_aside")
    assert archive.reason is not None
    assert "ne contient aucun fichier CSV" in archive.reason


def test_what_was_unpacked_is_not_unpacked_again_and_can_be_removed(settings: Settings, monkeypatch: Any) -> None:
    archive = land(settings, "COT_2021-T2.zip", zip_of(("execution.csv", EXECUTION), ("../x.csv", "")))
    first = told(compose(settings, AS_OF))
    [unpacked_file] = [p for p in (settings.unpacked_dir / archive.sha256).iterdir() if p.suffix != ".json"]
    unpacked_file.unlink()
    assert told(compose(settings, AS_OF)) == first
    assert unpacked_file.read_text() == EXECUTION

    def refused(*_: Any) -> None:
        raise AssertionError("unpacked again without need")

    monkeypatch.setattr("relance.parsing.archive.unpack", refused)
    assert told(compose(settings, AS_OF)) == first


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ((2021, 10, 15, 9, 30, 2), "2021-10-15T07:30:02+00:00"),
        ((2021, 12, 15, 9, 30, 2), "2021-12-15T08:30:02+00:00"),
        # What programs write that keep no time, and what is no date.
        ((1980, 1, 1, 0, 0, 0), None),
        ((2021, 2, 31, 0, 0, 0), None),
    ],
)
def test_a_file_keeps_the_time_that_the_archive_gives_it(
    tmp_path: Path, local: tuple[int, int, int, int, int, int], expected: str | None
) -> None:
    (member,) = unpacked(tmp_path, zip_of((zipfile.ZipInfo("a.csv", local), EXECUTION))).members
    assert member.changed_at == expected


def test_of_two_files_of_an_archive_the_one_saved_later_counts(settings: Settings) -> None:
    for day, names in ((20, ("a", "b")), (21, ("b", "a"))):
        early, late = (f"COT_2021-T2 {name}.csv" for name in names)
        data = zip_of(
            (zipfile.ZipInfo(early, (2021, 7, 14, 10, 0, 0)), EXECUTION),
            (zipfile.ZipInfo(late, (2021, 7, 15, 10, 0, 0)), EXECUTION + "A3;2;1\n"),
        )
        land(settings, f"{day}.zip", data, day)
        found = {entry.receipt.file_name: entry.status for entry in compose(settings, AS_OF)}
        assert (found[f"{day}.zip/{early}"], found[f"{day}.zip/{late}"]) == ("superseded", "counted")


def test_the_same_rows_in_two_files_are_no_conflict_other_rows_are(settings: Settings) -> None:
    """Neither name nor time says which is the later one; where a row stands makes no difference."""
    at = (2021, 7, 14, 10, 0, 0)
    moved = EXECUTION.replace("A1;10,50;5\nA2;3;1\n", "A2;3,00;1,00\nA1;10,5;5\n")
    swapped = EXECUTION.replace("A1;10,50;5\nA2;3;1\n", "A2;10,50;5\nA1;3;1\n")
    assert EXECUTION not in (moved, swapped)
    for day, other, expected in ((20, moved, {"superseded", "counted"}), (21, swapped, {"undecided"})):
        names = [f"COT_2021-T2 bureau {name}.csv" for name in "ab"]
        members = [(zipfile.ZipInfo(name, at), text) for name, text in zip(names, (EXECUTION, other), strict=True)]
        land(settings, f"{day}.zip", zip_of(*members), day)
        found = {entry.receipt.file_name: entry.status for entry in compose(settings, AS_OF)}
        assert {found[f"{day}.zip/{name}"] for name in names} == expected


def _rename_member(index: Path) -> None:
    """Another name says another ministry."""
    index.write_text(index.read_text().replace("execution.csv", "JUS_2021-T3.csv"))


@pytest.mark.parametrize("edit", ["member", "index", "index cut short"])
def test_what_was_unpacked_and_changed_is_unpacked_anew_and_told(settings: Settings, edit: str) -> None:
    archive = land(settings, "COT_2021-T2.zip", zip_of(("execution.csv", EXECUTION), ("../x.csv", "")))
    first = told(compose(settings, AS_OF))
    folder = settings.unpacked_dir / archive.sha256
    [index] = folder.glob("*.json")
    [member] = [path for path in folder.iterdir() if path != index]
    for parsed in settings.parsed_dir.glob("[!.]*"):  # so that the member is read
        shutil.rmtree(parsed)
    if edit == "member":
        flip(member)
    elif edit == "index":
        _rename_member(index)
    else:
        index.write_text("{")
    entries = compose(settings, AS_OF)
    assert told(entries) == first
    [sentence] = entries[0].damage
    assert str(member if edit == "member" else index) in sentence
    assert member.read_text() == EXECUTION
    assert [entry.damage for entry in compose(settings, AS_OF)] == [[]] * len(entries)


@pytest.mark.parametrize("is_known", [False, True], ids=["never read", "to be unpacked again"])
def test_a_damaged_archive_is_ours_and_the_file_before_does_not_count_in_its_place(
    settings: Settings, is_known: bool
) -> None:
    land(settings, "before.csv", EXECUTION.encode())
    archive = land(settings, "COT_2021-T2.zip", zip_of(("execution.csv", EXECUTION + "A3;1;1\n")), day=2)
    if is_known:
        compose(settings, AS_OF)
        shutil.rmtree(settings.unpacked_dir)
    path = settings.landing_dir / "objects" / archive.sha256
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedError) as error:
        compose(settings, AS_OF)
    for said in ("COT_2021-T2.zip", "(COT, 2021-T2)", str(path), archive.receipt_id, "not their senders"):
        assert said in str(error.value)
    assert "before.csv" not in str(error.value)
    path.write_bytes(data)
    assert [entry.status for entry in compose(settings, AS_OF)] == ["superseded", "unpacked", "counted"]
