"""How well staycourse tells who will leave, on OULAD, beside a plain reference in the same run.

Run: `python benchmarks/prediction_oulad.py [--home DIR] [--label withdrawal|silence]`; one table a label. Learned from
the presentations of 2013, tested on those of 2014, at fixed course days, on the learners still registered. Goes the
whole real way: import, log, lake, rollup, signals, training, scores. A home given with --home is kept and used again.
The data is read from the folder named by STAYCOURSE_SHARED_DATA (default ../shared/data beside the repository).
`--small` takes the sample that is shipped instead: learned from 2013J, tested on 2014J, of three modules; too few
courses to judge by.

The reference: twenty hand-made windows and LightGBM (depth 3, 300 trees), trained at the six test days.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import lightgbm as lgb
import msgspec
import numpy as np
import pandas as pd
import pyarrow.compute as pc

from staycourse.app.homes import Home, open_home
from staycourse.app.intake import import_path
from staycourse.events import Course
from staycourse.kernel import SystemClock
from staycourse.kernel.settings import Settings
from staycourse.policy import Policy, default_policy_text, load_policy
from staycourse.risk import Frame, auc, average_precision, calibration_error, frames_on, train
from staycourse.signals import SIGNALS_BY_NAME

TEST_DAYS = (7, 14, 28, 56, 84, 112)
TRAIN_DAYS = tuple(range(-21, 141, 7))
HORIZON = {"withdrawal": 28, "silence": 14}
TENANT = "oulad"


@dataclass(frozen=True, slots=True)
class Data:
    """Where the tables are, with the file or files of the clicks, and the terms to learn from and to test on."""

    folder: Path
    clicks: str
    learn: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """One course day: who left, and the probability said."""

    day: int
    left: np.ndarray[Any, np.dtype[np.bool_]]
    said: np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path)
    asked.add_argument("--label", choices=(*HORIZON, "both"), default="both")
    asked.add_argument("--small", action="store_true", help="on the shipped sample")
    options = asked.parse_args()
    data = sample() if options.small else shared()
    with tempfile.TemporaryDirectory() as made:
        settings = Settings(options.home or Path(made) / "home", TENANT, "UTC", SystemClock(), 2, 4)
        with open_home(settings, writing=True) as home:
            prepare(home, data)
            for label in HORIZON if options.label == "both" else (options.label,):
                report(home, data, label)


def shared() -> Data:
    """Return the whole of OULAD in the shared data; ends with a clear word where it is not there."""
    place = Path(os.environ.get("STAYCOURSE_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (place / "oulad").is_dir():
        raise SystemExit(f"the data is not at {place}: set STAYCOURSE_SHARED_DATA, or use --small")
    return Data(place / "oulad", "studentVle_ds/**/*.parquet", ("2013B", "2013J"), ("2014B", "2014J"))


def sample() -> Data:
    """Return the part of OULAD that is shipped."""
    return Data(Path(str(files("staycourse") / "samples" / "oulad")), "studentVle.parquet", ("2013J",), ("2014J",))


def prepare(home: Home, data: Data) -> None:
    """Import, compact and roll up what is not there yet."""
    begun = perf_counter()
    import_path(home, "oulad", data.folder, None, lambda *_: None)
    home.log.roll()
    home.lake.compact(home.path / "log")
    home.engine.roll_up(TENANT)
    print(f"imported, compacted and rolled up in {perf_counter() - begun:.0f} s")


def report(home: Home, data: Data, label: str) -> None:
    """Train and test for one label, ours and the reference, and print both."""
    policy = policy_for(label)
    courses = home.store.courses(TENANT)
    begun = perf_counter()
    lessons = [frame for term in data.learn for frame in frames_of(home, courses, term, TRAIN_DAYS, policy)]
    model = train(lessons, policy, known_by=max(frame.as_of for frame in lessons) + timedelta(days=HORIZON[label]))
    spent = perf_counter() - begun
    ours = [tested(home, data.test, day, policy, model) for day in TEST_DAYS]
    theirs = reference(data, label)
    card = model.card()
    print(f"\n{label} within {HORIZON[label]} days; {card['rows']} lessons of {len(card['as_of_days'])} as-of days,"
          f" {len(card['signals'])} signals, lessons and training {spent:.0f} s")  # fmt: skip
    print(f"out of fold on 2013: AUC {card['auc']:.3f}, ECE {card['ece']:.4f}")
    table(ours, theirs)


def policy_for(label: str, **model: float) -> Policy:
    """Return the default policy, asking for `label` within its horizon."""
    more = "\n".join(f"{name} = {value}" for name, value in model.items())
    text = f'[churn]\nlabel = "{label}"\nhorizon_days = {HORIZON[label]}\n[model]\n{more}\n'
    policy = load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)
    laid = load_policy(text, signals=SIGNALS_BY_NAME)
    return msgspec.structs.replace(policy, churn=laid.churn, model=laid.model)


def frames_of(home: Home, courses: Sequence[Course], term: str, days: Sequence[int], policy: Policy) -> Iterator[Frame]:
    """Yield the lessons of one term's presentations at its course `days`."""
    own = [course for course in courses if course.course.endswith(term)]
    start = next(course.starts_on for course in own if course.starts_on)
    asked = [start + timedelta(days=day) for day in days]
    known_by = asked[-1] + timedelta(days=policy.churn.horizon_days)
    told = frames_on(
        home.engine, TENANT, courses, asked,
        horizon_days=policy.churn.horizon_days, label=policy.churn.label, known_by=known_by,
    )  # fmt: skip
    for frame in told:
        kept = pc.ends_with(frame.signals["course"], term)
        yield Frame(frame.as_of, frame.signals.filter(kept), frame.outcome[kept.to_numpy()])


def tested(home: Home, terms: Sequence[str], day: int, policy: Policy, model: Any) -> Tested:
    """Score the presentations of the test terms at one course day."""
    courses = home.store.courses(TENANT)
    frames = [frame for term in terms for frame in frames_of(home, courses, term, (day,), policy)]
    said = [model.score(frame.signals).probability for frame in frames]
    return Tested(day, np.concatenate([frame.outcome for frame in frames]), np.concatenate(said))


def table(ours: Sequence[Tested], theirs: Sequence[Tested]) -> None:
    """Print AUC, average precision and calibration by day and pooled, and the gain over the reference."""
    print("day       n     left |  AUC  reference    gain |    AP  reference | said   ECE width  ECE mass")
    gains = []
    for own, other in zip(ours, theirs, strict=True):
        gain = number(auc(own.left, own.said)) - number(auc(other.left, other.said))
        gains.append(gain)
        print(line(f"{own.day:3d}", own, other, gain))
    whole, rest = pooled(ours), pooled(theirs)
    print(line("all", whole, rest, number(auc(whole.left, whole.said)) - number(auc(rest.left, rest.said))))
    print(f"mean gain in AUC {np.mean(gains):+.4f}, least {min(gains):+.4f}")


def line(name: str, own: Tested, other: Tested, gain: float) -> str:
    """Return one line of the table."""
    width, mass = calibration_error(own.left, own.said), calibration_error(own.left, own.said, of="mass")
    rank, theirs = number(auc(own.left, own.said)), number(auc(other.left, other.said))
    found, sought = number(average_precision(own.left, own.said)), number(average_precision(other.left, other.said))
    return (
        f"{name} {len(own.left):7d} {own.left.mean():8.2%} | {rank:.3f} {theirs:9.3f} {gain:+8.3f} | "
        f"{found:.3f} {sought:9.3f} | {own.said.mean():.2%} {number(width):9.4f} {number(mass):9.4f}"
    )


def number(found: float | None) -> float:
    """Return a metric as a number."""
    return float("nan") if found is None else found


def pooled(parts: Sequence[Tested]) -> Tested:
    """Return all days as one."""
    return Tested(0, np.concatenate([part.left for part in parts]), np.concatenate([part.said for part in parts]))


def reference(data: Data, label: str) -> list[Tested]:
    """Return the plain reference's scores at the test days."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(
        Path(__file__).with_name("prediction_reference.sql").read_text().format(data=data.folder, clicks=data.clicks)
    )
    frames = {day: reference_frame(connection, day, label) for day in TEST_DAYS}
    learn = pd.concat([frame[frame.p.isin(data.learn)] for frame in frames.values()])
    columns = [name for name in learn.columns if name not in ("p", "s", "outcome")]
    fitted = lgb.LGBMClassifier(n_estimators=300, learning_rate=0.05, max_depth=3, num_leaves=8, verbose=-1, n_jobs=2)
    fitted.fit(learn[columns].assign(m=pd.Categorical(learn.m, categories=sorted(set(learn.m)))), learn.outcome)
    found = []
    for day, frame in frames.items():
        test = frame[frame.p.isin(data.test)]
        asked = test[columns].assign(m=pd.Categorical(test.m, categories=sorted(set(learn.m))))
        found.append(Tested(day, test.outcome.to_numpy() == 1, np.asarray(fitted.predict_proba(asked))[:, 1]))
    return found


def reference_frame(connection: Any, day: int, label: str) -> pd.DataFrame:
    """Return the reference's windows and outcome at one course day."""
    query = Path(__file__).with_name("prediction_reference_frame.sql").read_text().format(t=day)
    frame: pd.DataFrame = connection.execute(query).df()
    if label == "silence":
        frame = frame[frame.course_days >= day + HORIZON["silence"]]
        frame["outcome"] = 1 - frame.seen
    else:
        frame["outcome"] = frame.soon
    return frame.drop(columns=["seen", "soon", "course_days"])


if __name__ == "__main__":
    main()
