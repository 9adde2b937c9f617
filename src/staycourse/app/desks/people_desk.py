"""One learner of one home for the people who care: what was done, and what the learner said about being reached."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from staycourse.adapters.store.views import AlertViews, ContactViews
from staycourse.app.care.care import Care
from staycourse.app.desks.alert_desk import playbook_titles
from staycourse.care import EVERYTHING
from staycourse.desk import LearnerCare
from staycourse.kernel import BadInput

SHOWN = 30
"""How many lines of each kind a learner's page shows."""

SEEN_AGAIN = timedelta(minutes=10)
"""Looking again within this time is the same looking: it is written down once."""

PURPOSES = ("care", "marketing", EVERYTHING)


class HomePeople:
    """Implements desk.PeopleDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care

    @cached_property
    def _views(self) -> ContactViews:
        return ContactViews(self._care.home.database)

    def learner_care(self, tenant: str, learner: str, who: str, now: datetime) -> LearnerCare:
        self._seen(tenant, learner, who, now)
        views, titles = self._views, playbook_titles(self._care)
        return LearnerCare(
            alerts=AlertViews(self._care.home.database).of_learner(tenant, learner, titles, SHOWN),
            journeys=views.journeys(tenant, learner, titles, SHOWN),
            messages=views.messages(tenant, learner, titles, SHOWN),
            tasks=views.tasks(tenant, learner, titles, SHOWN),
            notes=views.notes(tenant, learner, SHOWN),
            addresses=views.addresses(tenant, learner),
            consents=views.consents(tenant, learner, SHOWN),
            audit=views.audit(tenant, learner, SHOWN),
            channels=tuple(self._care.channels),
        )

    def consent(
        self, tenant: str, learner: str, channel: str, purpose: str, granted: bool, who: str, now: datetime
    ) -> None:
        channels = (*self._care.channels, EVERYTHING)
        if channel not in channels or purpose not in PURPOSES:
            raise BadInput("there is no such channel or purpose", where="consent", mend="choose one of the form's")
        self._care.people.put_consent(
            tenant, learner, channel, purpose, granted, source="console", said=now.isoformat(), at=now
        )
        if not granted and channel == purpose == EVERYTHING:
            under_way = [journey.journey for journey in self._care.journeys.active(tenant, [learner])]
            self._care.journeys.leave(tenant, under_way, "unsubscribe", now)
        action = "consent.given" if granted else "consent.withdrawn"
        self._care.audit.record(tenant, who, action, at=now, learner=learner, channel=channel, purpose=purpose)

    def _seen(self, tenant: str, learner: str, who: str, now: datetime) -> None:
        mine = (line for line in self._views.audit(tenant, learner, SHOWN) if line.actor == who)
        newest = next((line for line in mine if line.action == "seen"), None)
        if newest is None or now - newest.at >= SEEN_AGAIN:
            self._care.audit.record(tenant, who, "seen", at=now, learner=learner)
