"""Frames gathered into one table to learn from: bounded in memory, and split so that no row is judged by its own."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.kernel import EPOCH
from staycourse.risk.history import ROWS_AT_MOST, Frame
from staycourse.risk.metrics import Flags
from staycourse.risk.scores import Floats, matrix_of
from staycourse.signals import lots, shares

MOST_WEIGHT = 4.0
"""No row counts more than so many average ones, however few learners its day had."""

FOLDS = 4
COURSES_FOR_FOLDS = 6
"""From so many courses on, folds are of whole courses; before, of learners."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Rows to learn from. `group` numbers course and as-of day; `fold` is 0 to FOLDS - 1; `left` the different
    enrolments that left; `stayed` at least so many that did not. `weight` lets each as-of day count the same, 1 on
    average: a term of many learners is still one term, and how often people leave differs more between terms than
    between learners.
    """

    matrix: npt.NDArray[np.float32]
    outcome: Flags
    weight: Floats
    group: Places
    fold: Places
    folds_by: str
    as_of_days: tuple[date, ...]
    left: int
    stayed: int


@dataclass(slots=True)
class _Part:
    matrix: npt.NDArray[np.float32]
    outcome: Flags
    course: Places
    learner: Places
    lot: Floats

    def thinned(self, share: float) -> _Part:
        """Return the rows whose lot is below `share`."""
        keep = self.lot < share
        return _Part(self.matrix[keep], self.outcome[keep], self.course[keep], self.learner[keep], self.lot[keep])


def gather(frames: Iterable[Frame], names: tuple[str, ...], rows_at_most: int = ROWS_AT_MOST) -> Lessons:
    """Gather the signals `names` and outcomes of all frames, thinned to the share to which the last of them were."""
    parts: list[_Part] = []
    days: list[date] = []
    left: set[tuple[str, str]] = set()
    courses: dict[str, int] = {}
    stayed, share = 0, 1.0
    for frame in frames:
        days.append(frame.as_of)
        left |= _who_left(frame)
        stayed = max(stayed, int((~frame.outcome).sum()))
        parts.append(_part(frame, names, courses))
        before, share = share, min(share, frame.share)
        while sum(int((part.lot < share).sum()) for part in parts) > rows_at_most:
            share /= 2
        parts = [part.thinned(share) for part in parts] if share < before else [*parts[:-1], parts[-1].thinned(share)]
    if not parts:
        none = np.empty(0)
        nobody, nowhere = none.astype(bool), none.astype(np.int64)
        return Lessons(np.empty((0, len(names)), np.float32), nobody, none, nowhere, nowhere, "", (), 0, 0)
    outcome = np.concatenate([part.outcome for part in parts])
    course = np.concatenate([part.course for part in parts])
    by_course = len(courses) >= COURSES_FOR_FOLDS
    fold = _folds_of_courses(course, outcome) if by_course else np.concatenate([part.learner for part in parts]) % FOLDS
    matrix = np.concatenate([part.matrix for part in parts])
    rows = [len(part.outcome) for part in parts]
    group = np.repeat(np.arange(len(parts)), rows) * len(courses) + course
    by = "course" if by_course else "learner"
    return Lessons(matrix, outcome, _weights(rows), group, fold, by, tuple(days), len(left), stayed)


def _part(frame: Frame, names: tuple[str, ...], courses: dict[str, int]) -> _Part:
    told = frame.signals["course"].combine_chunks().dictionary_encode()
    numbers = np.array([courses.setdefault(name, len(courses)) for name in told.dictionary.to_pylist()], np.int64)
    course = numbers[told.indices.to_numpy(zero_copy_only=False)]
    matrix = matrix_of(frame.signals, names).astype(np.float32)
    return _Part(matrix, frame.outcome, course, _learner_numbers(frame.signals), _lots(frame))


def _lots(frame: Frame) -> Floats:
    """Return the rows' lots, as the engine draws them."""
    if frame.lot is not None:
        return frame.lot
    learners, courses = (frame.signals[name].to_pylist() for name in ("learner", "course"))
    return shares(lots(learners, courses, (frame.as_of - EPOCH).days))


def _weights(rows: list[int]) -> Floats:
    usual = sum(rows) / len(rows)
    each = np.array([min(MOST_WEIGHT, usual / count) if count else 0.0 for count in rows])
    weight = np.repeat(each, rows)
    return np.asarray(weight / weight.mean(), dtype=np.float64) if len(weight) else weight


def _learner_numbers(signals: pa.Table) -> Places:
    told = signals["learner"].combine_chunks().dictionary_encode()
    numbers = np.array([zlib.crc32(name.encode()) for name in told.dictionary.to_pylist()], np.int64)
    return np.asarray(numbers[told.indices.to_numpy(zero_copy_only=False)], dtype=np.int64)


def _who_left(frame: Frame) -> set[tuple[str, str]]:
    gone = frame.signals.select(["learner", "course"]).filter(pa.array(frame.outcome))
    return set(zip(pc.cast(gone["learner"], pa.string()).to_pylist(), gone["course"].to_pylist(), strict=True))


def _folds_of_courses(course: Places, outcome: Flags) -> Places:
    """Deal whole courses into folds, those with most who left first, each to the fold that has fewest."""
    weight = np.bincount(course, weights=outcome.astype(np.float64))
    fold_of = np.zeros(len(weight), dtype=np.int64)
    filled = np.zeros(FOLDS)
    for number in np.argsort(-weight, kind="stable"):
        fold_of[number] = int(filled.argmin())
        filled[fold_of[number]] += weight[number] + 1e-9
    return np.asarray(fold_of[course], dtype=np.int64)
