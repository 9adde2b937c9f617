"""The events that the model's learners emit: ordinary verbs, marked by their source as simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from staycourse.events import Event
from staycourse.kernel import natural_id

SOURCE = "simulated"

TELLING: Mapping[str, tuple[int, str, str, int | None, bool]] = {
    "too_hard": (3, "quiz_failed", "quiz", 2500, True),
    "no_time": (2, "assignment_missed", "task", 1000, True),
    "not_gripping": (4, "lesson_skipped", "lesson", None, True),
    "price": (3, "refund_policy_viewed", "refunds", None, False),
    "unhappy": (1, "rated", "course", 200, True),
}
"""What a latent cause leaves behind as the drift begins: how often, verb, object, value, and whether in a course."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the events of one learner in one course."""

    seed: int
    learner: str
    course: str
    cause: str

    def day(self, on: date, hour: float, *, slid: bool) -> list[Event]:
        """Return what a day of learning leaves behind; `slid`: on it the drift begins, and its cause shows."""
        at = datetime.combine(on, time(), tzinfo=UTC) + timedelta(seconds=int(hour * 80_000))
        clicks = 3 + int(hour * 977) % 17
        events = [
            self.event("home_viewed", at, value=1),
            self.event("content_viewed", at + timedelta(minutes=4), value=clicks),
        ]
        if self.cause == "alone" and int(hour * 1009) % 10 < 6:
            events.append(self.event("commented", at + timedelta(minutes=9), object="thread"))
        return [*events, *(self._telling(at + timedelta(minutes=15)) if slid else ())]

    def event(
        self, verb: str, at: datetime, *, object: str = "", value: int | None = None, course: bool = True
    ) -> Event:
        """Return one event; the same fact has the same id in every run of a seed."""
        return Event(
            event_id=natural_id(SOURCE, self.seed, self.learner, verb, object, at.isoformat()),
            learner=self.learner, verb=verb, time=at, course=self.course if course else "", object=object, value=value,
            source=SOURCE,
        )  # fmt: skip

    def _telling(self, at: datetime) -> Iterator[Event]:
        """Yield what the cause of a drift leaves behind as it begins."""
        if self.cause == "class_quality":
            for day in (1, 0):
                yield self.event("class_quality_sampled", at - timedelta(days=day), object="class", value=2500)
            return
        times, verb, object, value, course = TELLING.get(self.cause, (0, "", "", None, True))
        for number in range(times):
            when = at + timedelta(minutes=number)
            yield self.event(verb, when, object=f"{object}-{number}", value=value, course=course)


def causes_of(count: int, shares: dict[str, float], draws: np.random.Generator) -> list[str]:
    """Draw each learner's latent cause."""
    names = list(shares)
    weights = np.array([shares[name] for name in names])
    return [names[int(place)] for place in draws.choice(len(names), size=count, p=weights / weights.sum())]
