"""Care over plain data: what the console's tests of its pages look at. Acts are remembered, nothing else happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from plain import AS_OF, COURSES, HOSTILE, NOW, risk

from staycourse.care import Alert, TransportFault
from staycourse.care.messages import Template
from staycourse.desk import (
    ENDED,
    NOBODY,
    AddressLine,
    AlertFilter,
    AlertLine,
    AlertList,
    AlertStory,
    AuditLine,
    CareDesk,
    ChannelLine,
    ConsentLine,
    DeliveryFilter,
    DeliveryList,
    JourneyLine,
    LearnerCare,
    MessageLine,
    MessageStory,
    NoteLine,
    Preview,
    TaskFilter,
    TaskLine,
    TaskQueue,
    TaskStory,
    TemplateLine,
    TemplateStory,
    TemplateVersion,
)
from staycourse.events import Learner
from staycourse.kernel import LANGUAGES, BadInput, NotFound
from staycourse.policy import Count, Title

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")
TITLE = Title(en="A friendly question", zh_CN="一句友好的问候")
STATES = ("open", "open", "taken", "snoozed", "open", "done", "closed", "closed")
WITHHELD = ("", "", "held_out", "busy", "no_playbook", "", "", "made_by_the_operator")


def alert_line(place: int) -> AlertLine:
    """Return the alert at a place of the list: the same place always gives the same alert."""
    found = risk(place)
    state = STATES[place % len(STATES)]
    ended = state in ENDED
    withheld = "held_out" if place == 9 else WITHHELD[place % len(WITHHELD)]
    hostile = place == 1
    return AlertLine(
        alert=Alert(
            alert=f"{place:032x}",
            learner=HOSTILE if hostile else found.learner,
            course=found.course,
            cause=found.cause,
            tier=found.tier,
            trigger=("rule", "risk", "event", "immediate")[place % 4],
            state=state,
            risk=0.0 if place % 4 == 2 else found.risk,
            priority=found.priority,
            suggestion=found.suggestion,
            rules=found.rules if place % 4 != 2 else (),
            reasons=tuple(
                {"signal": one.signal, "category": one.category, "contribution": one.contribution, "value": one.value}
                for one in found.reasons
            )
            if place % 4 != 2
            else (),
            opened=NOW - 30 * HOUR,
            as_of=AS_OF,
            due=NOW + (place - 3) * 5 * HOUR,
            seen_on=AS_OF,
            policy_version=3,
            horizon_days=14,
            snoozed_until=NOW + 70 * HOUR if state == "snoozed" else None,
            closed=NOW - 3 * HOUR if ended else None,
            closed_by=("return", "person", "calm", "gone", "erased")[place % 5] if ended else "",
        ),
        name=None if hostile else found.name,
        course_title=found.course_title,
        owner=HOSTILE if place == 2 else ("王老师" if state in ("taken", "done") else ""),
        taken=NOW - 2 * HOUR if state == "taken" else None,
        arm="held_out" if withheld == "held_out" else "",
        playbook="*" if withheld == "held_out" else ("friendly_question" if place % 2 == 0 else "no_longer_there"),
        title=TITLE if place % 2 == 0 else None,
        withheld=withheld,
        settled="held_out" if withheld == "held_out" else ("answered" if place % 16 == 8 else ""),
        basis="" if withheld else ("bandit", "priority", "only")[place % 3],
        outcome=("saved", "churned", "false_alarm", "")[place % 4] if ended else "",
        judged=NOW if ended else None,
        lead_days=5 if ended and place % 2 else None,
    )


JOURNEYS = tuple(
    JourneyLine(
        7, "friendly_question", TITLE, "AAA 2014J", "unclear", "0" * 32, "treated", state, step, kind, "",
        NOW + 30 * HOUR, NOW - 20 * HOUR, left, reason,
    )
    for state, step, kind, left, reason in (
        ("active", "four_days", "wait", None, ""),
        ("left", "ask", "survey", NOW, "return"),
        ("held_out", "", "", None, ""),
        ("done", "finish", "end", NOW, "finished"),
    )
)  # fmt: skip


def _task_reason(place: int, state: str) -> str:
    left = "reply" if place == 2 else ""
    return {"withheld": "budget_advisors", "dropped": "return", "claimed": left}.get(state, "")


def task_line(place: int, state: str = "open") -> TaskLine:
    """Return the advisors' task at a place of the queue."""
    script = ("too_hard", "price", "unhappy", "class_quality", "unclear", "made_by_the_operator")[place % 6]
    hostile = place == 1
    return TaskLine(
        task=f"{place}:call:2", learner=HOSTILE if hostile else f"S{10_000 + place}",
        name=None if hostile else "林晓雨", course_title="AAA 2014J", alert=f"{place:032x}" if place % 2 else "",
        playbook="friendly_question", title=TITLE, cause="unclear", tier="core" if place % 2 else "regular",
        script=script, minutes=15, state=state, owner=HOSTILE if state == "claimed" else "",
        created=NOW - 9 * HOUR, due=NOW + (place - 2) * 7 * HOUR, claimed=NOW if state == "claimed" else None,
        finished=NOW if state == "done" else None, outcome="reason_told" if state == "done" else "",
        told="no_time" if state == "done" else "", reason=_task_reason(place, state),
    )  # fmt: skip


NOTES = (NoteLine("x", "王老师", NOW - HOUR, f"Called.\nNobody there. {HOSTILE}"),)


@dataclass
class PlainAlerts:
    """Implements AlertDesk. `state` is full, clear or nothing; `done` are the acts."""

    state: str = "full"
    count: int = 33
    asked: list[AlertFilter] = field(default_factory=list)
    done: list[tuple[Any, ...]] = field(default_factory=list)

    def alerts(self, tenant: str, asked: AlertFilter, now: datetime) -> AlertList:
        self.asked.append(asked)
        everyone = [alert_line(place) for place in range(self.count)] if self.state == "full" else []
        found = [line for line in everyone if _fits(line, asked, now)]
        first = (asked.page - 1) * asked.per_page
        by_state = Counter(line.listed for line in everyone) or Counter({"closed": 3} if self.state == "clear" else {})
        return AlertList(
            rows=tuple(found[first : first + asked.per_page]),
            found=len(found),
            page=asked.page,
            pages=max(1, -(-len(found) // asked.per_page)),
            by_state=dict(by_state),
            by_cause=tuple(Counter(line.alert.cause for line in found).most_common()),
            by_tier=tuple(Counter(line.alert.tier for line in found).most_common()),
            overdue=2 if everyone else 0,
            owners=("王老师", HOSTILE),
            courses=COURSES,
        )

    def alert(self, tenant: str, alert: str) -> AlertStory:
        if alert.startswith("no"):
            raise NotFound(f"there is no alert {alert[:60]!r}", where="alert", mend="look at the list again")
        line = alert_line(int(alert, 16))
        if line.alert.state == "open" and int(alert, 16) == 4:
            return AlertStory(line, (), (), ())
        return AlertStory(line, JOURNEYS, (task_line(2),), NOTES)

    def standing(self, tenant: str, learners: Collection[str]) -> Mapping[tuple[str, str], AlertLine]:
        lines = [replace(alert_line(place), alert=replace(alert_line(place).alert)) for place in range(5)]
        return {(line.alert.learner, line.alert.cause): line for line in lines if line.alert.learner in learners}

    def act(self, tenant: str, alert: str, action: str, who: str, now: datetime, until: datetime | None) -> None:
        if action not in ("take", "snooze", "done", "release"):
            raise BadInput(f"there is no action {action[:40]!r}", where="action", mend="take, snooze, done, release")
        if alert_line(int(alert, 16)).alert.state in ENDED:
            raise BadInput("this alert is closed already", where="alert", mend="look at the list again")
        self.done.append((alert, action, who, until))

    def note(self, tenant: str, alert: str, who: str, text: str, now: datetime) -> None:
        if not text.strip():
            raise BadInput("a note has 1 to 4,000 characters", where="text", mend="write something shorter")
        self.done.append((alert, "note", who, text))


@dataclass
class PlainAdvisors:
    """Implements AdvisorDesk. `state` is full, clear or nothing; `done` are the acts."""

    state: str = "full"
    minor: bool = False
    bound: Count = 6_000
    asked: list[TaskFilter] = field(default_factory=list)
    done: list[tuple[Any, ...]] = field(default_factory=list)

    def tasks(self, tenant: str, asked: TaskFilter, now: datetime) -> TaskQueue:
        self.asked.append(asked)
        state = asked.state or "open"
        rows = tuple(task_line(place, state) for place in range(30)) if self.state == "full" else ()
        found = tuple(row for row in rows if asked.search.lower() in f"{row.learner} {row.name or ''}".lower())
        first = (asked.page - 1) * asked.per_page
        by_state = {"open": 30, "claimed": 1, "done": 4, "dropped": 3, "withheld": 2} if self.state != "nothing" else {}
        return TaskQueue(
            found[first : first + asked.per_page], len(found), asked.page, max(1, -(-len(found) // asked.per_page)),
            by_state, 2 if rows else 0, 5_700, self.bound,
        )  # fmt: skip

    def task(self, tenant: str, task: str, now: datetime) -> TaskStory:
        place, _, state = task.partition(":")
        if not place.isdecimal():
            raise NotFound(f"there is no task {task[:60]!r}", where="task", mend="look at the queue again")
        line = task_line(int(place), state if state in ("claimed", "done", "dropped", "withheld") else "open")
        learner = Learner(learner=line.learner, name=line.name, zone="America/Chicago", language="en", guardian=HOSTILE)
        return TaskStory(
            line=line, learner=learner, minor=self.minor, addresses=ADDRESSES, alert=alert_line(0), notes=NOTES,
            history=(message_line(0), message_line(1)), before=(task_line(3, "done"),), said=NOTES,
            causes=("too_hard", "price", "made_by_the_operator"),
        )  # fmt: skip

    def act(
        self, tenant: str, task: str, action: str, who: str, now: datetime, *, outcome: str = "", told: str = ""
    ) -> None:
        if action not in ("claim", "release", "finish"):
            raise BadInput(f"there is no action {action[:40]!r}", where="action", mend="claim, release, finish")
        if task.endswith("done"):
            raise BadInput("this task is done already", where="task", mend="look at the queue again")
        if outcome == "reason_told" and not told:
            raise BadInput("the reason that was told is missing", where="told", mend="choose it")
        self.done.append((task, action, who, outcome, told))

    def note(self, tenant: str, task: str, who: str, text: str, now: datetime) -> None:
        self.done.append((task, "note", who, text))


@dataclass
class PlainDeliveries:
    """Implements DeliveryDesk. `state` is full or nothing; `done` are the tests that were sent."""

    state: str = "full"
    trouble: str = ""
    asked: list[DeliveryFilter] = field(default_factory=list)
    done: list[tuple[Any, ...]] = field(default_factory=list)

    def messages(self, tenant: str, asked: DeliveryFilter, now: datetime) -> DeliveryList:
        self.asked.append(asked)
        everyone = [message_line(place) for place in range(40)] if self.state == "full" else []
        found = [line for line in everyone if asked.state in ("", line.state) and asked.learner in line.learner]
        first = (asked.page - 1) * asked.per_page
        return DeliveryList(
            rows=tuple(found[first : first + asked.per_page]), found=len(found), page=asked.page,
            pages=max(1, -(-len(found) // asked.per_page)), by_state=dict(Counter(line.state for line in everyone)),
            reasons=("no_consent", "quiet_hours", HOSTILE), channels=("mail", "sms"),
            playbooks=(("friendly_question", TITLE), ("no_longer_there", None)),
            held=(
                (AS_OF, "quiet_hours", 12), (AS_OF, "cap_day", 3), (AS_OF - timedelta(days=2), "cap_day", 31),
                (AS_OF, HOSTILE, 1),
            ) if everyone else (),
        )  # fmt: skip

    def message(self, tenant: str, key: str) -> MessageStory:
        place = key.partition(":")[0]
        if not place.isdecimal():
            raise NotFound(f"there is no message {key[:60]!r}", where="message", mend="look at the list again")
        line = message_line(int(place))
        fault = "template x (en), line 3: there is no link" if int(place) == 4 else ""
        subject = "" if fault or not line.template else f"你好 {HOSTILE}"
        return MessageStory(
            line, ("mail", "inbox"), NOW + HOUR, 7, "<id@mail>", "zh-CN", subject, f"你好！\n\n{HOSTILE}\n再见",
            "短", fault,
        )  # fmt: skip

    def clock(self) -> str:
        return self.trouble

    def channels(self, tenant: str) -> tuple[ChannelLine, ...]:
        if self.state != "full":
            return ()
        return (
            ChannelLine("mail", "email", "ok", "mail.example:587 answers", 1_204, 3, NOW, NOW - HOUR, f"421 {HOSTILE}"),
            ChannelLine("sms", "apprise", "warn", HOSTILE, 0, 0, None, None, ""),
            ChannelLine("hook", "made_by_the_operator", "bad", "no answer", 0, 9, None, NOW, "timed out"),
        )

    def test(self, tenant: str, channel: str, address: str, language: str, who: str, now: datetime) -> None:
        if channel == "hook":
            raise TransportFault(f"no answer {HOSTILE}", where="hook", mend="try later")
        if channel != "mail":
            raise NotFound("there is no such channel")
        self.done.append((channel, address, language, who))


@dataclass
class PlainPeople:
    """Implements PeopleDesk. `state` is full or nothing; `done` are what was seen and written."""

    state: str = "full"
    done: list[tuple[Any, ...]] = field(default_factory=list)

    def learner_care(self, tenant: str, learner: str, who: str, now: datetime) -> LearnerCare:
        self.done.append(("seen", learner, who))
        if self.state != "full":
            return LearnerCare((), (), (), (), (), (), (), (), ())
        consents = (
            ConsentLine("*", "*", False, NOW, "console"),
            ConsentLine("mail", "marketing", True, NOW - HOUR, HOSTILE),
        )
        audit = (AuditLine(NOW, who, "seen", {}), AuditLine(NOW, HOSTILE, "made_by_the_operator", {"x": HOSTILE}))
        return LearnerCare(
            alerts=(alert_line(0), alert_line(2), alert_line(6)), journeys=JOURNEYS,
            messages=(message_line(0), message_line(1)), tasks=(task_line(2), task_line(3, "done")), notes=NOTES,
            addresses=ADDRESSES, consents=consents, audit=audit, channels=("mail", "sms"),
        )  # fmt: skip

    def consent(
        self, tenant: str, learner: str, channel: str, purpose: str, granted: bool, who: str, now: datetime
    ) -> None:
        if channel not in ("mail", "sms", "*"):
            raise BadInput("there is no such channel or purpose", where="consent", mend="choose one of the form's")
        self.done.append((learner, channel, purpose, granted, who))


@dataclass
class PlainTemplates:
    """Implements TemplateDesk over two templates; `done` are what was saved."""

    done: list[tuple[Any, ...]] = field(default_factory=list)

    def templates(self, tenant: str) -> tuple[TemplateLine, ...]:
        return (
            TemplateLine("friendly_question", {"en": "How is it?", "zh-CN": "还好吗？"}, False, (("a", TITLE),)),
            TemplateLine("spring_camp", {"en": HOSTILE}, True, ()),
            TemplateLine("nobody_wrote_it", {}, False, (("a", TITLE),)),
        )

    def template(self, tenant: str, template: str) -> TemplateStory:
        if not template.replace("_", "").isalpha():
            raise BadInput("a template's id has small letters", where="id", mend="give them")
        line = next(
            (one for one in self.templates(tenant) if one.template == template), TemplateLine(template, {}, False, ())
        )
        wording = {
            language: Template(template, language, line.subjects.get(language, ""), "Hello\n\n{{ link }}", HOSTILE)
            for language in LANGUAGES
        }
        old = TemplateVersion(Template(template, "en", HOSTILE, f"Old\n{HOSTILE}", "x"), 3, NOW, HOSTILE)
        return TemplateStory(line, wording, (old,) if line.own else ())

    def preview(self, tenant: str, template: Template, learner: str) -> Preview:
        if "{{ nope }}" in template.text:
            return Preview(fault=f"there is no variable 'nope' {HOSTILE}", part="text", line=2)
        return Preview(f"{template.subject} for {learner or 'nobody'}", template.text, template.short)

    def save(self, tenant: str, template: Template, who: str, now: datetime) -> int:
        self.done.append((template, who))
        return 1


ADDRESSES = (
    AddressLine("phone", "+86 138 0000 0000", False, NOW, None, ""),
    AddressLine("email", f"{HOSTILE}@example.test", True, NOW, None, ""),
    AddressLine("email", "gone@example.test", False, NOW, NOW, "550 no such user"),
    AddressLine("webpush", '{"endpoint": "https://push.example"}', False, NOW, None, ""),
)


def message_line(place: int) -> MessageLine:
    """Return the message at a place: every state and many reasons, one after the other."""
    state, reason = (
        ("sent", ""), ("pending", "quiet_hours"), ("withheld", "no_consent"), ("pending", ""), ("failed", "refused"),
        ("dropped", "return"), ("claimed", ""), ("withheld", "made_by_the_operator"),
    )[place % 8]  # fmt: skip
    hostile = place == 1
    return MessageLine(
        key=f"{place}:ask:1", learner=HOSTILE if hostile else f"S{10_000 + place}", name=None if hostile else "林晓雨",
        course_title="AAA 2014J", playbook="friendly_question" if place % 3 else "", title=TITLE if place % 3 else None,
        purpose=("care", "marketing", "service")[place % 3], template="friendly_question" if place % 5 else "",
        state=state, reason=reason, channel="mail" if state in ("sent", "claimed", "failed") else "",
        created=NOW - place * HOUR, due=NOW + 5 * HOUR, sent=NOW if state == "sent" else None,
        attempts=2 if state in ("claimed", "failed") else 0,
        error=f"550 no such user {HOSTILE}" if state == "failed" else "",
    )  # fmt: skip


def _fits(line: AlertLine, asked: AlertFilter, now: datetime) -> bool:
    alert = line.alert
    return (
        alert.state in asked.states
        and asked.settled in (None, line.settled)
        and asked.tier in ("", alert.tier)
        and asked.cause in ("", alert.cause)
        and asked.course in ("", alert.course)
        and (not asked.owner or line.owner == ("" if asked.owner == NOBODY else asked.owner))
        and (not asked.overdue or (alert.due < now and not line.settled))
        and asked.search.lower() in f"{alert.learner} {line.name or ''}".lower()
    )


def plain_care(state: str = "full") -> CareDesk:
    """Return all parts over plain data."""
    return CareDesk(
        zone=ZONE, alerts=PlainAlerts(state), advisors=PlainAdvisors(state), deliveries=PlainDeliveries(state),
        people=PlainPeople(state), templates=PlainTemplates(),
    )  # fmt: skip
