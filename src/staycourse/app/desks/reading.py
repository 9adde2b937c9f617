"""What programs may read of a home: risks, alerts, journeys, messages, signals, courses; page by page, of one tenant.

All of it comes from the stores and files that the console reads. A page says where to go on, never how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import pyarrow.compute as pc
from sqlalchemy import RowMapping

from staycourse.adapters.shelf import RiskReader
from staycourse.adapters.store import LiveBook, Run
from staycourse.adapters.store.views import PageViews, PageWish
from staycourse.app.homes.home import Home
from staycourse.events import Course
from staycourse.kernel import NotEnoughData, NotFound, worded

HISTORY_DAYS: Final = 400
"""How many nights back a learner's risks are read, at most."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Night:
    """One night's risks: its day, and what names their content (another once the night is run again)."""

    run: Run
    mark: str


@dataclass(frozen=True, slots=True)
class RiskWish:
    """Which risks are wanted; empty texts mean all, `least` is the least risk (0 to 1)."""

    course: str = ""
    cause: str = ""
    tier: str = ""
    least: float = 0.0

    def expression(self) -> pc.Expression | None:
        """Return the filter, None where everything fits."""
        asked = [pc.field(name) == getattr(self, name) for name in ("course", "cause", "tier") if getattr(self, name)]
        if self.least > 0:
            asked.append(pc.field("risk") >= self.least)
        whole: pc.Expression | None = None
        for one in asked:
            whole = one if whole is None else whole & one
        return whole


class Readings:
    """The answers of one open home. Every question names its tenant. Safe for threads."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.views = PageViews(home.database)
        self.reader = RiskReader()
        self.live = LiveBook(home.database)

    def night(self, tenant: str, as_of: date | None = None) -> Night:
        """Return the newest night, or that of `as_of`; NotEnoughData before the first, NotFound for a day not run."""
        runs = self.home.store.runs(tenant, until=as_of, limit=1)
        if not runs and as_of is None:
            raise NotEnoughData("no night has been run yet", where="risks", mend="run `staycourse nightly` first")
        if not runs or (as_of is not None and runs[0].as_of != as_of):
            raise NotFound(
                worded("no night was run as of {as_of}", as_of=as_of), where="as_of", mend="leave it out for the newest"
            )
        mark = self.reader.mark(self.home.shelf.risk_file(tenant, runs[0].as_of))
        if not mark:
            raise NotFound(
                worded("the risks as of {as_of} are not there", as_of=runs[0].as_of),
                where="as_of",
                mend="run the night again",
            )
        return Night(runs[0], mark)

    def risks(
        self, tenant: str, night: Night, wish: RiskWish, after: tuple[str, str] | None, limit: int
    ) -> tuple[list[Row], tuple[str, str] | None]:
        """Return some risks of a night by learner and course, and after which to go on (None: that was all)."""
        place = self.home.shelf.risk_file(tenant, night.run.as_of)
        page = self.reader.after(place, after, limit, wish.expression())
        return page.rows.to_pylist(), page.seen

    def risks_of(self, tenant: str, night: Night, learner: str) -> list[Row]:
        """Return one learner's risks of a night, by course; NotFound for whom nobody ever told of."""
        place = self.home.shelf.risk_file(tenant, night.run.as_of)
        rows: list[Row] = self.reader.of_learner(place, learner).to_pylist()
        if not rows:
            self.require_learner(tenant, learner)
        return rows

    def history(self, tenant: str, learner: str, until: date) -> list[Row]:
        """Return what earlier nights gave, oldest first: as_of, course, risk, tier, cause."""
        days = [day for day in self.home.shelf.risk_days(tenant) if day <= until][-HISTORY_DAYS:]
        names = ["as_of", "course", "risk", "learner_risk", "tier", "cause"]
        found: list[Row] = []
        for day in days:
            table = self.reader.of_learner(self.home.shelf.risk_file(tenant, day), learner)
            found.extend(table.select(names).to_pylist())
        return found

    def now(self, tenant: str, learner: str, after: date) -> list[Row]:
        """Return by course what was scored since the night of `after`, as the learner's page shows it."""
        return [asdict(row) for row in self.live.of(tenant, learner) if row.as_of > after]

    def signals_of(self, tenant: str, night: Night, learner: str) -> list[Row]:
        """Return one learner's signals as of a night, by course: the values, unknown ones None."""
        engine, courses = self.home.engine, self.home.store.courses(tenant)
        rows: list[Row] = engine.signals(tenant, night.run.as_of, courses, learner=learner).to_pylist()
        if not rows:
            self.require_learner(tenant, learner)
        return rows

    def courses(self, tenant: str, after: str, limit: int) -> list[Course]:
        """Return courses by id, after the one of that id."""
        return [course for course in self.home.store.courses(tenant) if course.course > after][:limit]

    def alerts(
        self, tenant: str, wish: PageWish, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[RowMapping]:
        """Return alerts, the newest opened first."""
        return self.views.alerts(tenant, wish, after, limit)

    def journeys(self, tenant: str, wish: PageWish, after: tuple[int] | None, limit: int) -> Sequence[RowMapping]:
        """Return journeys, the newest first."""
        return self.views.journeys(tenant, wish, after, limit)

    def messages(
        self, tenant: str, wish: PageWish, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[RowMapping]:
        """Return messages, the newest first."""
        return self.views.messages(tenant, wish, after, limit)

    def require_learner(self, tenant: str, learner: str) -> None:
        """NotFound for a learner of whom the store knows nothing."""
        if self.home.store.learner(tenant, learner) is None:
            wish = PageWish(learner=learner)
            if not self.views.alerts(tenant, wish, None, 1) and not self.views.journeys(tenant, wish, None, 1):
                raise NotFound(
                    worded("there is no learner {learner!r}", learner=learner[:80]),
                    where="learner",
                    mend="check the id",
                )


__all__ = ["Night", "PageWish", "Readings", "RiskWish"]
