"""The alerts of one home for the people who answer them. Every act is written into the audit log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property

from staycourse.adapters.store.views import AlertViews
from staycourse.app.care.care import Care
from staycourse.desk import AlertFilter, AlertLine, AlertList, AlertStory
from staycourse.policy import Title


def playbook_titles(care: Care) -> Mapping[str, Title]:
    """Return what the operator calls each playbook of the policy in force."""
    return {name: playbook.title for name, playbook in care.home.policy(care.home.tenant).playbooks.items()}


class HomeAlerts:
    """Implements desk.AlertDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care

    @cached_property
    def _views(self) -> AlertViews:
        return AlertViews(self._care.home.database)

    def alerts(self, tenant: str, asked: AlertFilter, now: datetime) -> AlertList:
        courses = tuple(self._care.home.store.courses(tenant))
        return self._views.alerts(tenant, asked, now, playbook_titles(self._care), courses)

    def alert(self, tenant: str, alert: str) -> AlertStory:
        return self._views.alert(tenant, alert, playbook_titles(self._care))

    def standing(self, tenant: str, learners: Collection[str]) -> Mapping[tuple[str, str], AlertLine]:
        return self._views.standing(tenant, learners, {})

    def act(self, tenant: str, alert: str, action: str, who: str, now: datetime, until: datetime | None) -> None:
        learner = self._views.alert(tenant, alert, {}).line.alert.learner
        self._care.alerts.change(tenant, alert, action, who, now, until)
        until_text = {"until": until.isoformat()} if until else {}
        self._care.audit.record(tenant, who, f"alert.{action}", at=now, learner=learner, alert=alert, **until_text)

    def note(self, tenant: str, alert: str, who: str, text: str, now: datetime) -> None:
        learner = self._views.alert(tenant, alert, {}).line.alert.learner
        self._care.tasks.note(tenant, learner, alert, who, text, now)
        self._care.audit.record(tenant, who, "alert.note", at=now, learner=learner, alert=alert)
