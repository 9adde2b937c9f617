"""The questions that people who look can ask."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from staycourse.desk.records import ChurnDefinition, LearnerStory, Today, TodayFilter


class Desk(Protocol):
    """Answers the questions of the people who look. Every call is of one tenant."""

    def today(self, tenant: str, asked: TodayFilter, as_of: date | None = None) -> Today:
        """Return who needs care, as of the newest nightly run (or of `as_of`)."""
        ...

    def learner(self, tenant: str, learner: str, before: date | None = None) -> LearnerStory:
        """Return one learner's story, its timeline ending before `before`; NotFound if the learner is unknown."""
        ...

    def churn_definition(self, tenant: str) -> ChurnDefinition:
        """Return the return curves; NotEnoughData if no event has been kept."""
        ...
