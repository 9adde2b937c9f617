"""How well staycourse tells who falls silent, and who lets a subscription lapse, on a paid platform (365 Data Science).

Run: `python benchmarks/prediction_ds365.py [--home DIR] [--train-until DATE]`; one table a question. Learned only from
as-of days whose outcome was known by the train date, tested on later as-of days up to the end of the data. Goes the
whole real way: import, log, lake, rollup, signals, training, scores. A home given with --home is kept and used again.
The data is read from the folder named by STAYCOURSE_SHARED_DATA (default ../shared/data beside the repository).

The reference of each question learns from the same rows: hand-made windows over the lake's events (no rollup, no
signals), LightGBM of depth 3 and 300 trees, or a logistic regression where rows are few. Intervals are 95 %, by the
placements of DeLong et al. (1988) summed by learner (Obuchowski 1997), since a learner stands there many times.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from prediction_oulad import number, policy_for
from staycourse import risk
from staycourse.app.homes import Home, open_home
from staycourse.app.intake import import_path
from staycourse.kernel import NotEnoughData, SystemClock
from staycourse.kernel.settings import Settings
from staycourse.risk import Frame, LightGBMModel, Scorecard, as_of_days, frames_on, train

TENANT = "ds365"
SILENT_DAYS = 14
BEFORE_END = 7  # a subscription is scored so many days before its end
TO_RENEW = 14  # and has lapsed if nothing was paid until so many days after it
LEAST_LAPSED = 50  # the renewal model may learn from so few; the product itself asks for 200
QUERIES = {  # each part of the file begins "-- name: what it is"
    part.split(":")[0].split()[-1]: part for part in Path(__file__).with_suffix(".sql").read_text().split("----\n")
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of the rows; `means` is false where it only ranks: it is no probability of this outcome."""

    name: str
    score: np.ndarray[Any, np.dtype[np.float64]]
    means: bool = True


@dataclass(frozen=True, slots=True)
class Bench:
    """The home, the lake's events in plain tables, and the split."""

    home: Home
    events: Any
    train_until: date
    last: date
    step: int

    def frames(self, first: date, last: date, every: int, known_by: date) -> Iterator[Frame]:
        """Yield the product's own lessons in silence."""
        courses = self.home.store.courses(TENANT)
        days = as_of_days(first, last, every * self.step)
        yield from frames_on(
            self.home.engine, TENANT, courses, days, horizon_days=SILENT_DAYS, label="silence", known_by=known_by
        )

    def parts(self, every: int) -> tuple[Iterator[Frame], Iterator[Frame]]:
        """Return the lessons known by the train date, and those of later as-of days."""
        first, ahead = date(2022, 1, 1), timedelta(days=SILENT_DAYS)
        begin = self.train_until + timedelta(days=1)
        known = self.frames(first, self.train_until - ahead, every, self.train_until)
        return known, self.frames(begin, self.last - ahead, every, self.last)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path)
    asked.add_argument("--train-until", type=date.fromisoformat, default=date(2022, 6, 30))
    asked.add_argument("--small", action="store_true", help="the first question only, on fewer as-of days")
    options = asked.parse_args()
    data = Path(os.environ.get("STAYCOURSE_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")) / "ds365"
    if not data.is_dir():
        print(f"skipped: the data is not at {data}; set STAYCOURSE_SHARED_DATA")
        return
    with tempfile.TemporaryDirectory() as made:
        settings = Settings(options.home or Path(made) / "home", TENANT, "UTC", SystemClock(), 2, 4)
        with open_home(settings, writing=True) as home:
            bench = prepared(home, data, options.train_until, 4 if options.small else 1)
            print(f"learned from what was known by {bench.train_until}, tested on later days up to {bench.last}")
            general = silence(bench)
            if not options.small:
                first_days(bench, general)
                renewal(bench, general)


def prepared(home: Home, data: Path, train_until: date, step: int) -> Bench:
    """Import, compact and roll up what is not there yet; lay the lake's events into plain tables."""
    import_path(home, TENANT, data, None, lambda *_: None)
    home.log.roll()
    home.lake.compact(home.path / "log")
    home.engine.roll_up(TENANT)
    events = duckdb.connect(config={"threads": 2})
    files = [str(file.path) for file in home.lake.files(TENANT)]
    for name in ("done", "bought"):
        events.execute(QUERIES[name], [files])
    ((last,),) = events.execute("SELECT max(day) FROM done").fetchall()
    return Bench(home, events, train_until, last, step)


def silence(bench: Bench) -> LightGBMModel:
    """Ask who falls silent for 14 days, of all open enrolments, and of those not silent already. Returns the model."""
    policy = policy_for("silence")
    lessons, tests = (list(part) for part in bench.parts(policy.model.as_of_every_days))
    model = train(lessons, policy, known_by=bench.train_until)
    test = joined(tests)
    said = [
        Said("model", model.score(test.signals).probability),
        Said("default scorecard", Scorecard.from_policy(policy).score(test.signals).probability),
        *plain(bench, lessons, tests),
    ]
    print_learned(f"1. silence of {SILENT_DAYS} days, open enrolments, as-of days {7 * bench.step} days apart", lessons)
    table("all open", test, said)
    seen = pc.less(test.signals["days_absent"], SILENT_DAYS)
    table(f"seen within {SILENT_DAYS} days", *only(test, said, np.asarray(seen.fill_null(False))))
    return model


def first_days(bench: Bench, general: LightGBMModel) -> None:
    """Ask, three days after an enrolment began, who does not learn on days 4 to 17."""
    lessons, tests = (monthly(third_day(part)) for part in bench.parts(1))
    model = train(lessons, policy_for("silence"), known_by=bench.train_until)
    test = joined(tests)
    print_learned("2. first three days: enrolled three days ago, silent on days 4 to 17; every as-of day", lessons)
    said = [
        Said("model of these rows", model.score(test.signals).probability),
        Said("general model", general.score(test.signals).probability),
        *plain(bench, lessons, tests),
    ]
    table("enrolled 3 days ago", test, said)


def third_day(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Yield those who enrolled three days before."""
    for frame in frames:
        kept = pc.equal(frame.signals["enrolled_on"], pa.scalar(frame.as_of - timedelta(days=3)))
        yield Frame(frame.as_of, frame.signals.filter(kept), frame.outcome[np.asarray(kept)])


def renewal(bench: Bench, general: LightGBMModel) -> None:
    """Ask, seven days before a paid period ends, who lets it lapse."""
    ends = (date(2021, 12, 31), bench.train_until), (bench.train_until, bench.last)
    parts = bench.parts(1)
    lessons, tests = (monthly(due(bench, part, *end)) for part, end in zip(parts, ends, strict=True))
    test = joined(tests)
    print_learned(
        f"3. renewal: a paid period ends in {BEFORE_END} days; lapsed = nothing paid until {TO_RENEW} after", lessons
    )
    try:
        train(lessons, policy_for("silence"), known_by=bench.train_until)
    except NotEnoughData as error:
        print(f"the product's own bound: {error}; learned here from {LEAST_LAPSED} on")
    model = train(lessons, policy_for("silence", minimum_outcomes=LEAST_LAPSED), known_by=bench.train_until)
    card = Scorecard.from_policy(policy_for("silence"))
    said = [
        Said("model of these rows", model.score(test.signals).probability),
        Said("silence model", general.score(test.signals).probability, means=False),
        Said("default scorecard", card.score(test.signals).probability, means=False),
        *plain(bench, lessons, tests, few=True),
    ]
    table("period ends in 7 days", test, said)


def due(bench: Bench, frames: Iterator[Frame], after: date, until: date) -> Iterator[Frame]:
    """Yield who has a period ending, each with the enrolment last learned in, and whether it lapsed."""
    query = QUERIES["ending"].format(before=BEFORE_END, to_renew=TO_RENEW, after=after, until=until)
    ending = bench.events.sql(query).to_arrow_table()
    found = 0
    for frame in frames:
        day = frame.signals.append_column("outcome", pa.array(frame.outcome))
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.register("day", day).register("due", ending)
            picked: pa.Table = connection.sql(QUERIES["picked"].format(as_of=frame.as_of)).to_arrow_table()
        found += picked.num_rows
        yield Frame(frame.as_of, picked.drop_columns(["outcome"]), np.asarray(picked["outcome"]).astype(bool))
    plans = {one["values"]: one["counts"] for one in pc.value_counts(ending["plan"]).to_pylist()}
    print(f"   periods ending with the outcome in ({after}, {until}]: {ending.num_rows} {plans},"
          f" of them never watched a course, so not scored: {ending.num_rows - found}")  # fmt: skip


def monthly(frames: Iterator[Frame]) -> list[Frame]:
    """Return the few rows of each day as one lesson a month, so that a month counts as much as another.

    The product weighs frames alike, and takes for `stayed` the most that stayed in one of them. Rows keep their day.
    """
    months: dict[tuple[int, int], list[Frame]] = {}
    for frame in frames:
        months.setdefault((frame.as_of.year, frame.as_of.month), []).append(stamped(frame))
    return [joined(part) for part in months.values() if any(len(frame.outcome) for frame in part)]


def stamped(frame: Frame) -> Frame:
    """Return the frame with each row's as-of day, which the reference needs and the model does not read."""
    if "as_of" in frame.signals.column_names:
        return frame
    days = pa.array([frame.as_of] * len(frame.outcome), pa.date32())
    return Frame(frame.as_of, frame.signals.append_column("as_of", days), frame.outcome)


def joined(frames: Sequence[Frame]) -> Frame:
    """Return all rows as one frame of the last day."""
    signals = pa.concat_tables([stamped(frame).signals for frame in frames])
    return Frame(frames[-1].as_of, signals, np.concatenate([frame.outcome for frame in frames]))


def plain(bench: Bench, lessons: Sequence[Frame], tests: Sequence[Frame], *, few: bool = False) -> list[Said]:
    """Return what the reference and the rule "days absent" say of the test rows."""
    learn, asked = (windows(bench, joined(frames), anywhere=few) for frames in (lessons, tests))
    trees = lgb.LGBMClassifier(n_estimators=300, learning_rate=0.05, max_depth=3, num_leaves=8, verbose=-1, n_jobs=2)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)) if few else trees
    fitted.fit(learn, joined(lessons).outcome)
    name = "reference (logistic)" if few else "reference (LightGBM)"
    said = np.asarray(fitted.predict_proba(asked))[:, 1]
    return [Said(name, said), Said("days absent", asked.absent.to_numpy(float), means=False)]


def windows(bench: Bench, frame: Frame, *, anywhere: bool) -> pd.DataFrame:
    """Return the reference's windows of each row, over its course or over all of them."""
    keys = frame.signals.select(["learner", "course", "as_of"]).append_column("n", pa.array(range(len(frame.outcome))))
    bench.events.register("keys", keys)
    found: pd.DataFrame = bench.events.execute(
        QUERIES["windows"].format(same="true" if anywhere else "d.course = keys.course")
    ).df()
    return found.fillna({"absent": 999, "since": 999, "since_paid": 999}).fillna(0).astype(float)


def only(test: Frame, said: Sequence[Said], kept: Any) -> tuple[Frame, list[Said]]:
    """Return the rows that are `kept`."""
    frame = Frame(test.as_of, test.signals.filter(pa.array(kept)), test.outcome[kept])
    return frame, [Said(one.name, one.score[kept], one.means) for one in said]


def print_learned(question: str, lessons: Sequence[Frame]) -> None:
    """Print the question and what there was to learn from."""
    rows, left = sum(len(frame.outcome) for frame in lessons), sum(int(frame.outcome.sum()) for frame in lessons)
    print(f"\n{question}\nlearned from {rows} rows, {left} positive")


def table(name: str, test: Frame, said: Sequence[Said]) -> None:
    """Print one line a side."""
    left, days = test.outcome, test.signals["as_of"]
    people = np.unique(np.asarray(test.signals["learner"]), return_inverse=True)[1]
    reference = next(one.score for one in said if one.name.startswith("reference"))
    print(f"{name}: n {len(left)}, positives {int(left.sum())} ({left.mean():.1%}), learners {people.max() + 1},"
          f" as-of {pc.min(days)} to {pc.max(days)}")  # fmt: skip
    print("  side                    AUC  95 %                 AP   Brier ECE width  ECE mass | AUC over the reference")
    for one in said:
        area, own = number(risk.auc(left, one.score)), influence(left, one.score)
        wide, gain = 1.96 * spread(own, people), area - number(risk.auc(left, reference))
        apart = 1.96 * spread(own - influence(left, reference), people)
        meant = "     -         -         -"
        if one.means:
            errors = (number(risk.calibration_error(left, one.score, of=kind)) for kind in ("width", "mass"))
            meant = "{:.4f} {:9.4f} {:9.4f}".format(number(risk.brier(left, one.score)), *errors)
        found = number(risk.average_precision(left, one.score))
        print(f"  {one.name:20s} {area:.4f}  {max(area - wide, 0):.4f} to {min(area + wide, 1):.4f}"
              f" {found:.4f}  {meant} | {gain:+.4f} +- {apart:.4f}")  # fmt: skip


def influence(outcome: Any, score: Any) -> Any:
    """Return what each row adds to the error of the AUC: its placement among the others, less the AUC itself."""
    upper, lower = np.sort(score[outcome]), np.sort(score[~outcome])
    place = np.empty(len(score))
    for rows, others, above in ((outcome, lower, True), (~outcome, upper, False)):
        below = (np.searchsorted(others, score[rows], "left") + np.searchsorted(others, score[rows], "right")) / 2
        share = below / len(others)
        place[rows] = (share if above else 1 - share) / rows.sum()
    area = place[outcome].sum()
    return place - np.where(outcome, area / outcome.sum(), area / (~outcome).sum())


def spread(influences: Any, people: Any) -> float:
    """Return the standard error, learners taken as independent of each other."""
    own = np.bincount(people, weights=influences)
    return float(np.sqrt((own**2).sum() * len(own) / (len(own) - 1)))


if __name__ == "__main__":
    main()
