"""The advisors' queue of one home, for the advisors. Every act is written into the audit log."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from staycourse.adapters.store.views import AdvisorViews, AlertViews, ContactViews
from staycourse.app.care.care import Care
from staycourse.app.desks.alert_desk import playbook_titles
from staycourse.care import is_minor
from staycourse.desk import TaskFilter, TaskQueue, TaskStory
from staycourse.events import Learner
from staycourse.kernel import BadInput, worded

SHOWN = 10
"""How many earlier messages, tasks and notes stand beside a task."""


class HomeAdvisors:
    """Implements desk.AdvisorDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care

    @cached_property
    def _views(self) -> AdvisorViews:
        return AdvisorViews(self._care.home.database)

    def tasks(self, tenant: str, asked: TaskFilter, now: datetime) -> TaskQueue:
        home = self._care.home
        return self._views.tasks(
            tenant,
            asked,
            now,
            playbook_titles(self._care),
            month=now.astimezone(home.zone).strftime("%Y-%m"),
            bound=home.policy(tenant).care.budgets.advisor_minutes_per_month,
        )

    def task(self, tenant: str, task: str, now: datetime) -> TaskStory:
        home, titles = self._care.home, playbook_titles(self._care)
        contacts, policy = ContactViews(home.database), home.policy(tenant)
        line = self._views.task(tenant, task, titles)
        learner = home.store.learner(tenant, line.learner) or Learner(learner=line.learner)
        alerts = AlertViews(home.database).of_learner(tenant, line.learner, titles, SHOWN)
        notes = contacts.notes(tenant, line.learner, 5 * SHOWN)
        return TaskStory(
            line=line,
            learner=learner,
            minor=is_minor(learner.birth_year, now.astimezone(home.zone).year, policy.care),
            addresses=contacts.addresses(tenant, line.learner),
            alert=next((one for one in alerts if one.alert.alert == line.alert), None),
            notes=tuple(reversed([note for note in notes if note.about == task])),
            history=contacts.messages(tenant, line.learner, titles, SHOWN),
            before=tuple(one for one in contacts.tasks(tenant, line.learner, titles, SHOWN) if one.task != task),
            said=tuple(note for note in notes if note.about != task)[:SHOWN],
            causes=tuple(cause.id for cause in policy.causes.list),
        )

    def act(
        self, tenant: str, task: str, action: str, who: str, now: datetime, *, outcome: str = "", told: str = ""
    ) -> None:
        line, tasks = self._views.task(tenant, task, {}), self._care.tasks
        match action:
            case "claim":
                tasks.claim(tenant, task, who, now)
            case "release":
                tasks.release(tenant, task, now)
            case "finish":
                told = self._told(tenant, outcome, told)
                tasks.finish(tenant, task, who, outcome, told, now)
            case _:
                raise BadInput(
                    worded("there is no action {action!r}", action=action[:40]),
                    where="action",
                    mend="claim, release, finish",
                )
        ended = {"outcome": outcome, "told": told} if action == "finish" else {}
        self._care.audit.record(tenant, who, f"task.{action}", at=now, learner=line.learner, task=task, **ended)

    def note(self, tenant: str, task: str, who: str, text: str, now: datetime) -> None:
        learner = self._views.task(tenant, task, {}).learner
        self._care.tasks.note(tenant, learner, task, who, text, now)
        self._care.audit.record(tenant, who, "task.note", at=now, learner=learner, task=task)

    def _told(self, tenant: str, outcome: str, told: str) -> str:
        """Return the cause that was told, "" where none belongs to the outcome."""
        if outcome != "reason_told":
            return ""
        known = [cause.id for cause in self._care.home.policy(tenant).causes.list]
        if told not in known:
            raise BadInput(
                "the reason that was told is missing",
                where="told",
                mend=worded("one of {choices}", choices=", ".join(known)),
            )
        return told
