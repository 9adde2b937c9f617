"""Making a home ready to be simulated, and refusing one that holds anything real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pyarrow.parquet as pq
from sqlalchemy import select

from staycourse.adapters.store import schema
from staycourse.app.care import Care
from staycourse.app.care.channels import CHANNELS_FILE
from staycourse.app.homes import POLICY_FILE, Home
from staycourse.kernel import BadInput, worded
from staycourse.simulate.assumptions import Assumptions
from staycourse.simulate.cohort import begin, nature
from staycourse.simulate.diary import Writer, causes_of
from staycourse.simulate.habits import fit
from staycourse.simulate.histories import History
from staycourse.simulate.people import person_of
from staycourse.simulate.world import World, midnight

MARK = "simulated"
"""The cursor that marks a tenant as simulated: by it the console knows."""

TENANT = "simulated"
"""The tenant that is simulated unless another is asked for."""

SAMPLE = ("oulad", "oulad")
"""The format and name under which the shipped sample is imported."""

SAMPLE_COURSES = frozenset({"AAA-2013J", "AAA-2014J", "BBB-2014B", "EEE-2013J", "EEE-2014J", "GGG-2013J", "GGG-2014J"})
SOURCES = frozenset({"oulad", "staycourse"})
"""Where the events of a home with the sample come from: the sample, and what the product itself did."""

_TRAITS = 2
"""The stream of what learners are beside their life: causes and attributes."""


@dataclass(slots=True)
class SteppingClock:
    """Implements kernel.Clock: it shows what the simulation has come to."""

    instant: datetime

    def now(self) -> datetime:
        """Return the simulated instant."""
        return self.instant


def refuse_real(home: Home) -> None:
    """Raise BadInput if the home has anything that is not simulated or the shipped sample, or a way to reach people."""
    place = str(home.path)
    another = "give an empty folder with --home"
    with home.database.reading() as connection:
        if connection.scalar(select(schema.cursors.c.position).where(schema.cursors.c.name == MARK)) is not None:
            raise BadInput("this home is simulated already", where=place, mend=another)
    if (home.path / CHANNELS_FILE).exists():
        raise BadInput("this home has channels that could reach people", where=f"{place}/{CHANNELS_FILE}", mend=another)
    if (home.path / POLICY_FILE).exists():
        raise BadInput("this home has a policy of its own", where=f"{place}/{POLICY_FILE}", mend=another)
    with home.database.reading() as connection:
        rows = connection.execute(select(schema.imports.c.tenant, schema.imports.c.format, schema.imports.c.name))
        imported = {row.tenant: (row.format, row.name) for row in rows}
        courses = set(connection.scalars(select(schema.courses.c.course)))
    health = home.log_health()
    filled = set(home.lake.tenants()) | set(imported)
    if home.tenant in filled or (health.bytes and not imported):
        raise BadInput(
            "this tenant holds events already",
            where=worded("{place}, tenant {tenant}", place=place, tenant=home.tenant),
            mend=another,
        )
    real = [tenant for tenant in filled if imported.get(tenant) != SAMPLE or _sources(home, tenant) - SOURCES]
    if real or not courses <= SAMPLE_COURSES:
        what = "this home holds events that are not the sample's: real data is never mixed with simulated"
        raise BadInput(
            what, where=worded("{place}, tenant {choices}", place=place, choices=", ".join(real)), mend=another
        )


def prepare(home: Home, history: History, days: int, seed: int, assumed: Assumptions, policy: str) -> World:
    """Replay `history` into the home, mark it, and return the learners who go on from there."""
    tenant, at = home.tenant, midnight(history.start)
    care = Care(home)
    care.facts.put_cursor(tenant, MARK, f"seed {seed}, day {history.start}")
    (home.path / POLICY_FILE).write_text(policy, encoding="utf-8")
    home.accept_policy_file()
    draws = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, _TRAITS))))
    causes = causes_of(len(history.learners), dict(assumed.causes), draws)
    people = [person_of(learner, draws, assumed, history.start) for learner in history.learners]
    home.store.put_courses(tenant, history.courses)
    home.store.put_learners(tenant, people)
    care.people.take_learners(tenant, people, at)
    known = at - timedelta(seconds=1)  # all of it is known when the simulation begins: one day of arrival, one file
    home.log.append(tenant, [msgspec.structs.replace(event, received=known) for event in history.events])
    fitted = fit(history.active(), assumed.never)
    who = nature(fitted.habits, fitted.offsets, days + 1, seed, assumed.variety)
    return World(
        start=history.start, who=who, state=begin(who, fitted.absent), causes=causes,
        writers=[Writer(seed, one, history.enrolled_in[one], cause) for one, cause in
                 zip(history.learners, causes, strict=True)],
        assumed=assumed, horizon=home.policy(tenant).churn.horizon_days, seed=seed,
        learned=np.zeros((len(history.learners), days), dtype=np.bool_),
    )  # fmt: skip


def _sources(home: Home, tenant: str) -> set[str]:
    """Return where the events of a tenant's lake came from."""
    files = [file.path for file in home.lake.files(tenant)]
    return {
        str(one) for file in files for one in pq.read_table(file, columns=["source"])["source"].unique().to_pylist()
    }
