"""Make events at the shape of a real platform: Zipf activity over learners, sessions, late arrivals, a realistic mix
of verbs.

    python benchmarks/generate_events.py FOLDER --events 100e6 --learners 1e6

Writes FOLDER/events/ingest_day=YYYY-MM-DD/part-0.parquet (zstd, sorted as the lake sorts), 120 days, with the columns
that the rollup and a bare scan read. Seeded: the same arguments give the same events.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAYS = 120
FIRST_DAY = date(2025, 1, 1)
COURSES = 200
SESSION = 10  # events, on average
LATE_SHARE = 0.02  # arrive one to three days after they happened
_DAY = 86_400_000_000  # microseconds

# verb, share in per cent, least and most value (None: no value)
MIX: tuple[tuple[str, float, tuple[int, int] | None], ...] = (
    ("content_viewed", 28, (1, 6)), ("home_viewed", 5, (1, 4)), ("video_watched", 20, (10, 900)),
    ("lesson_progressed", 10, (0, 10_000)), ("lesson_started", 4, None), ("lesson_completed", 3.2, None),
    ("lesson_skipped", 0.3, None), ("lesson_replayed", 0.7, (5, 300)), ("logged_in", 5, None),
    ("session_ended", 5, (60, 5_400)), ("quiz_viewed", 1.5, (1, 3)), ("quiz_answered", 7, (0, 1)),
    ("quiz_passed", 0.5, (4_000, 10_000)), ("quiz_failed", 0.25, (0, 4_000)), ("assignment_due", 0.8, None),
    ("assignment_submitted", 0.6, (-9_000, 900)), ("assignment_graded", 0.6, (0, 10_000)),
    ("live_joined", 0.6, None), ("live_left", 0.6, (300, 5_400)), ("live_missed", 0.15, None),
    ("live_chatted", 0.8, None), ("live_asked", 0.1, None), ("forum_viewed", 1.5, (1, 4)),
    ("question_asked", 0.2, None), ("question_answered", 0.15, None), ("posted", 0.3, None),
    ("commented", 0.4, None), ("speaking_practised", 0.8, (60, 1_200)), ("class_quality_sampled", 0.8, (0, 900)),
    ("round_trip_sampled", 0.8, (20, 700)), ("class_rejoined", 0.05, None), ("paid", 0.04, (900, 99_900)),
    ("coupon_viewed", 0.03, None), ("renewal_asked", 0.01, None), ("refund_policy_viewed", 0.02, None),
    ("refund_asked", 0.005, None), ("rated", 0.04, (100, 500)), ("complained", 0.005, None),
    ("contact_sent", 0.6, None), ("contact_clicked", 0.05, None),
)  # fmt: skip
TEXTS = {"live_chatted", "live_asked", "question_asked", "question_answered", "posted", "commented", "complained"}
ENROLLED = len(MIX)


def generate(folder: Path, events: int, learners: int, seed: int = 7) -> None:
    """Write about `events` events of `learners` learners below `folder`."""
    rng = np.random.default_rng(seed)
    people = _People(rng, learners)
    sessions = events // DAYS // SESSION
    late: list[list[np.ndarray]] = [[] for _ in range(DAYS + 3)]
    for day in range(DAYS):
        rows = np.concatenate([_day(rng, people, day, sessions), *late[day]], axis=1)
        delay = np.where(rng.random(rows.shape[1]) < LATE_SHARE, rng.integers(1, 4, rows.shape[1]), 0)
        delay = np.where(rows[4] == day, delay, 0)  # what is late already is not delayed again
        for later in (1, 2, 3):
            late[day + later].append(rows[:, delay == later])
        _write(folder, day, rows[:, delay == 0])


class _People:
    def __init__(self, rng: np.random.Generator, count: int) -> None:
        weight = 1.0 / (np.arange(count) + count / 1000)  # Zipf-Mandelbrot: the busiest are not absurd
        self.by_weight = np.cumsum(weight / weight.sum())
        self.shuffled = rng.permutation(count)
        self.courses = rng.choice([1, 2, 3], count, p=[0.75, 0.2, 0.05])
        self.first_course = rng.integers(0, COURSES, count)
        self.start = np.maximum(rng.integers(-60, 100, count), 0)

    def course(self, who: np.ndarray, number: np.ndarray) -> np.ndarray:
        found: np.ndarray = (self.first_course[who] + number % self.courses[who] * 7) % COURSES
        return found


def _day(rng: np.random.Generator, people: _People, day: int, sessions: int) -> np.ndarray:
    """Return learner, course, verb, value, day and microsecond of one day's events, as rows of one array."""
    drawn = people.shuffled[np.searchsorted(people.by_weight, rng.random(sessions * 2)).clip(max=len(people.start) - 1)]
    started = drawn[people.start[drawn] <= day]
    who = np.resize(started, sessions)
    course = people.course(who, rng.integers(0, 3, sessions))
    size = rng.geometric(1 / SESSION, sessions)
    begins = (rng.beta(3, 2, sessions) * (_DAY - 2 * 3600 * 1e6)).astype(np.int64)
    session = np.repeat(np.arange(sessions), size)
    share = np.array([share for _, share, _ in MIX])
    verb = rng.choice(len(MIX), len(session), p=share / share.sum())
    low = np.array([bounds[0] if bounds else 0 for *_, bounds in MIX])
    high = np.array([bounds[1] if bounds else 0 for *_, bounds in MIX])
    value = rng.integers(low[verb], high[verb] + 1)
    moment = begins[session] + rng.integers(0, 45 * 60 * 10**6, len(session))
    acts = np.stack([who[session], course[session], verb, value, np.full(len(session), day), moment])
    fresh = np.flatnonzero(people.start == day)
    fresh = np.repeat(fresh, people.courses[fresh])
    number = np.arange(len(fresh)) - np.searchsorted(fresh, fresh)
    nothing = np.zeros(len(fresh), np.int64)
    enrolled = np.stack([fresh, people.course(fresh, number), nothing + ENROLLED, nothing, nothing + day, nothing])
    return np.concatenate([enrolled, acts], axis=1)


def _write(folder: Path, day: int, rows: np.ndarray) -> None:
    who, course, verb, value, event_day, moment = rows[:, np.lexsort((rows[5], rows[4], rows[1], rows[0]))]
    names = [*(name for name, *_ in MIX), "enrolled"]
    valued = np.array([*(bounds is not None for *_, bounds in MIX), True])
    text = np.array([name in TEXTS for name in names])
    since_1970 = (FIRST_DAY - date(1970, 1, 1)).days + event_day
    table = pa.table({
        "learner": pa.array(np.char.add("learner-", np.char.zfill(who.astype("U7"), 7))),
        "course": pa.array([f"course-{number:03d}" for number in range(COURSES)]).take(pa.array(course)),
        "verb": pa.array(names).take(pa.array(verb)),
        "value": pa.array(value, mask=~valued[verb]),
        "time": pa.array(since_1970 * _DAY + moment, pa.timestamp("us", "UTC")),
        "event_day": pa.array(since_1970.astype(np.int32), pa.date32()),
        "event_hour": pa.array((moment // 3_600_000_000).astype(np.int8)),
        "feeling": pa.array((moment % 3 - 1).astype(np.int8), mask=~text[verb]),
    })  # fmt: skip
    place = folder / "events" / f"ingest_day={(FIRST_DAY + timedelta(days=day)).isoformat()}"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, place / "part-0.parquet", compression="zstd", row_group_size=122_880)


def main() -> None:
    """Read the command line and generate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--learners", type=float, default=1e5)
    asked = parser.parse_args()
    generate(asked.folder, int(asked.events), int(asked.learners))


if __name__ == "__main__":
    main()
