"""OneRoster bundles: students, classes with their dates, enrolments; and bundles that mean harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.adapters.importers import Chunk, Rejects
from staycourse.adapters.importers.oneroster import bundle as bundles
from staycourse.events import Course, Event, Learner
from staycourse.kernel import BadInput

from .conftest import Reader
from .foreign import ROSTER, write_roster, zip_roster


def events(chunks: Sequence[Chunk]) -> list[tuple[str, str, str, date]]:
    found: list[Event] = [event for chunk in chunks for event in chunk.events]
    return [(event.learner, event.verb, event.course, event.time.date()) for event in found]


def changed(**tables: str) -> dict[str, str]:
    return ROSTER | tables


def test_a_bundle_is_learners_courses_and_enrolments(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    (chunk,) = read("oneroster", write_roster(tmp_path / "b"))
    assert chunk.learners == [
        Learner(
            learner="u1", name="Ann Rivers", email="ann@example.org", phone="+31 6 1234", birth_year=2012,
            guardian="gus@example.org",
        ),
        Learner(learner="u2", name="Bo Hill"),
    ]  # fmt: skip
    spring, autumn = (date(2025, 2, 1), date(2025, 6, 30)), (date(2025, 9, 1), date(2025, 12, 20))
    assert chunk.courses == [
        Course(course="k1", title="Rivers I", series="c1", starts_on=spring[0], ends_on=spring[1]),
        Course(course="k2", title="Hills, all year", series="c2", starts_on=spring[0], ends_on=autumn[1]),
    ]
    assert events([chunk]) == [
        ("u1", "enrolled", "k1", date(2025, 2, 3)),
        ("u1", "enrolled", "k2", date(2025, 2, 1)),  # no day of its own: the term's first
        ("u2", "enrolled", "k1", date(2025, 2, 3)),
        ("u2", "withdrawn", "k1", date(2025, 3, 10)),  # before the class ended
    ]
    assert rejects.unused == {"a user who is no student": 2, "an enrolment of another role": 1}


def test_folder_zip_and_zip_with_a_folder_say_the_same(tmp_path: Path, read: Reader) -> None:
    expected = read("oneroster", write_roster(tmp_path / "b"))
    assert read("oneroster", zip_roster(tmp_path / "b.zip")) == expected
    assert read("oneroster", zip_roster(tmp_path / "c.zip", prefix="roster/")) == expected


def test_of_1_2_the_roles_stand_in_a_table_of_their_own(tmp_path: Path, read: Reader) -> None:
    users = "sourcedId,status,enabledUser,givenName,familyName,preferredGivenName,agentSourcedIds\n"
    tables = changed(
        manifest=ROSTER["manifest"].replace("oneroster.version,1.1", "oneroster.version,1.2") + "file.roles,bulk\n",
        users=users + "u1,,true,Annabel,Rivers,Ann,g1\nt1,,true,Tim,Lake,,\n",
        roles="sourcedId,status,userSourcedId,roleType,role,orgSourcedId\nr1,,u1,primary,student,o1\n"
        "r2,,t1,primary,teacher,o1\n",
    )
    (chunk,) = read("oneroster", write_roster(tmp_path / "b", tables))
    assert chunk.learners == [Learner(learner="u1", name="Ann Rivers", birth_year=2012)]


def test_a_delta_changes_what_it_names_and_keeps_the_rest(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    tables = {
        "manifest": "propertyName,value\noneroster.version,1.1\nfile.enrollments,delta\nfile.classes,delta\n"
        "file.users,absent\n",
        "users": "this file is absent for the manifest, and is not read",
        "classes": ROSTER["classes"],
        "enrollments": "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role,beginDate,endDate\n"
        "e1,tobedeleted,2025-04-02T08:00:00Z,k1,u1,student,2025-02-03,\n"
        "e9,active,2025-04-03T08:00:00.000Z,k1,u9,student,,\n"
        "e8,active,,k1,u9,student,2099-01-01,\n",
    }
    (chunk,) = read("oneroster", write_roster(tmp_path / "b", tables))
    assert events([chunk]) == [
        ("u1", "enrolled", "k1", date(2025, 2, 3)),
        ("u1", "withdrawn", "k1", date(2025, 4, 2)),
        ("u9", "enrolled", "k1", date(2025, 4, 3)),
    ]
    assert chunk.events[1].time == datetime(2025, 4, 2, 8, tzinfo=UTC)
    assert not chunk.courses, "their terms are not here: what was known of them stays"
    assert rejects.unused["a class whose terms are not in this delta"] == 2
    assert rejects.unused["an enrolment whose day is not told, or lies ahead"] == 1


BAD_ROWS = [
    ("users", "u3,,,true,o1,student,x,X,Y,no address,,,\n", "email"),
    ("users", ",,,true,o1,student,x,X,Y,,,,\n", "sourcedId"),
    ("users", "u3,,true\n", ""),
    ("enrollments", "e9,,,k1,o1,,student,,,\n", "userSourcedId"),
    ("enrollments", "e9,,,k1,o1,u1,student,,soon,\n", "beginDate"),
]


@pytest.mark.parametrize(("table", "row", "field"), BAD_ROWS)
def test_a_bad_row_is_set_aside_and_the_others_stay(
    table: str, row: str, field: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    whole = read("oneroster", write_roster(tmp_path / "a"))
    chunks = read("oneroster", write_roster(tmp_path / "b", changed(**{table: ROSTER[table] + row})))
    assert [(chunk.learners, chunk.events) for chunk in chunks] == [(chunk.learners, chunk.events) for chunk in whole]
    rejects.flush()
    (line,) = rejects.path.read_text(encoding="utf-8").splitlines()[1:]
    assert line.split(",")[1] == field and line.endswith(f"{table}.csv")


REFUSED = [
    ({"manifest": "propertyName,value\noneroster.version,9\n"}, "not known"),
    ({"manifest": "propertyName,value\n"}, "not known"),
    ({"manifest": ROSTER["manifest"].replace("file.users,bulk", "file.users,some")}, "bulk, delta or absent"),
    ({"manifest": ROSTER["manifest"] + "file.roles,bulk\n"}, "which is missing"),
    ({"users": "a,a\n1,2\n"}, "twice"),
    ({"users": "sourcedId\n" + "x" * 1_100_000}, "too long|would unpack"),
]


@pytest.mark.parametrize(("tables", "why"), REFUSED)
def test_a_bundle_that_cannot_be_understood_is_refused(
    tables: dict[str, str], why: str, tmp_path: Path, read: Reader
) -> None:
    for path in (write_roster(tmp_path / "b", ROSTER | tables), zip_roster(tmp_path / "b.zip", ROSTER | tables)):
        with pytest.raises(BadInput, match=why):
            read("oneroster", path)


def zipped(place: Path, entries: Sequence[tuple[str, bytes]]) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in entries:
            out.writestr(name, data)
    place.write_bytes(packed.getvalue())
    return place


def test_bombs_are_refused_by_what_they_would_unpack_to(tmp_path: Path, read: Reader) -> None:
    entries = [(f"{name}.csv", text.encode()) for name, text in ROSTER.items() if name != "users"]
    path = zipped(tmp_path / "bomb.zip", [*entries, ("users.csv", b"sourcedId,status\n" + b"\n" * 50_000_000)])
    assert path.stat().st_size < 200_000
    with pytest.raises(BadInput, match="would unpack to"):
        read("oneroster", path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_that_lie_elsewhere_are_never_touched(
    tmp_path: Path, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [(f"{name}.csv", text.encode()) for name, text in ROSTER.items()]
    odd = [
        ("../users.csv", b"x"),
        ("a/b/users.csv", b"x"),
        ("/etc/users.csv", b"x"),
        ("..\\users.csv", b"x"),
        ("x/", b""),
    ]
    chunks = read("oneroster", zipped(tmp_path / "odd.zip", [*good, *odd]))
    assert [len(chunk.learners) for chunk in chunks] == [2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["odd.zip"], "nothing is unpacked"
    with pytest.raises(BadInput, match="twice"):
        read("oneroster", zipped(tmp_path / "twice.zip", [*good, ("roster/users.csv", b"x")]))
    monkeypatch.setattr(bundles, "MOST_ENTRIES", 3)
    with pytest.raises(BadInput, match="more than 3"):
        read("oneroster", tmp_path / "odd.zip")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, read: Reader) -> None:
    (tmp_path / "secret.csv").write_text(ROSTER["users"])
    folder = write_roster(tmp_path / "b", {name: text for name, text in ROSTER.items() if name != "users"})
    (folder / "users.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(BadInput, match=r"users\.csv, which is missing"):
        read("oneroster", folder)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.sampled_from(sorted(ROSTER)), data=st.binary(max_size=200), keep=st.booleans(),
    cut=st.integers(0, 3000), flip=st.integers(0, 3000),
)  # fmt: skip
def test_any_bytes_give_chunks_or_bad_input(
    table: str, data: bytes, keep: bool, cut: int, flip: int, tmp_path: Path, read: Reader
) -> None:
    folder = write_roster(tmp_path / "b")
    (folder / f"{table}.csv").write_bytes((ROSTER[table].encode() if keep else b"") + data)
    torn = bytearray(zip_roster(tmp_path / "torn.zip").read_bytes())
    torn[flip % len(torn)] ^= 0x55
    (tmp_path / "torn.zip").write_bytes(bytes(torn[: len(torn) - cut] if keep else torn))
    for path in (folder, tmp_path / "torn.zip"):
        try:
            assert all(isinstance(chunk, Chunk) for chunk in read("oneroster", path))
        except BadInput as error:
            assert "\n" not in str(error)
