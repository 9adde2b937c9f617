"""Learner attributes and courses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from staycourse.adapters.importers import ImportOptions, Rejects
from staycourse.events import Course, Learner

from .conftest import COURSES, LEARNERS, NOW, Reader


def write(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_learner_row(tmp_path: Path, read: Reader) -> None:
    (chunk,) = read("learners", write(tmp_path, LEARNERS, "l.csv"))
    assert chunk.learners == [
        Learner(
            learner="u1", name="Ann", paid_minor=1250, currency="CNY", joined_on=date(2024, 9, 1), country="CN",
            zone="Asia/Shanghai", birth_year=2008, consent=True, guardian="mother@example.org",
        ),
        Learner(learner="u2", consent=False),
    ]  # fmt: skip


def test_tenure_counts_back_from_today_and_minor_units_have_their_own_column(tmp_path: Path, read: Reader) -> None:
    text = "learner,tenure_days,paid_minor,currency\nu,31,990,JPY\n"
    (chunk,) = read("learners", write(tmp_path, text, "l.csv"))
    assert chunk.learners == [Learner(learner="u", joined_on=date(2025, 12, 1), paid_minor=990, currency="JPY")]


def test_foreign_names(tmp_path: Path, read: Reader) -> None:
    mapping = write(tmp_path, '[columns]\nlearner = "id"\npaid = "total"\n[constants]\ncurrency = "EUR"\n', "m.toml")
    options = ImportOptions(now=NOW, zone=ZoneInfo("UTC"), mapping=mapping)
    (chunk,) = read("learners", write(tmp_path, "id,total\n1,5\n", "l.csv"), options)
    assert chunk.learners == [Learner(learner="1", paid_minor=500, currency="EUR")]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("u,1,,,,,,", "currency"),
        ("u,1,XXQ,,,,,", "currency"),
        ("u,1.005,CNY,,,,,", "paid"),
        ("u,lots,CNY,,,,,", "paid"),
        ("u,-1,CNY,,,,,", "paid_minor"),
        ("u,nan,CNY,,,,,", "paid"),
        ("u,1e400000000,CNY,,,,,", "paid"),
        ("u,,,soon,,,,", "joined_on"),
        ("u,,,,Mars/Base,,,", "zone"),
        ("u,,,,,2050,,", "birth_year"),
        ("u,,,,,,maybe,", "consent"),
        ("u,,,,,,,C1", "country"),
        (",,,,,,,NL", "learner"),
        ("u" * 10_000 + ",,,,,,,NL", "learner"),
    ],
)
def test_a_bad_learner_is_refused_by_field(
    cells: str, field: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    text = f"learner,paid,currency,joined_on,zone,birth_year,consent,country\n{cells}\nok,,,,,,,\n"
    (chunk,) = read("learners", write(tmp_path, text, "l.csv"))
    assert [learner.learner for learner in chunk.learners] == ["ok"]
    rejects.flush()
    assert rejects.path.read_text().splitlines()[1].startswith(f"2,{field},")


def test_courses(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    bad = "c3,Three,2025-02-01,2025-01-01,\nc4,Four,someday,,\n"
    (chunk,) = read("courses", write(tmp_path, COURSES + bad, "c.csv"))
    assert chunk.courses == [
        Course(course="c1", title="One", starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 30), series="s"),
        Course(course="c2", title="Two"),
    ]
    assert {reason.split(":")[0] for reason in rejects.reasons} == {"ends_on", "starts_on"}
