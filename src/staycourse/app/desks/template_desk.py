"""The templates of one home, for the people who write them. Every save is written into the audit log."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import pyarrow.compute as pc

from staycourse.adapters.store.care import Claimed
from staycourse.adapters.store.views import AlertViews, TemplateViews
from staycourse.app.care.care import Care
from staycourse.care import is_minor, nodes_of
from staycourse.care.messages import SAMPLES, Rendered, Template, check_template, offered, render, sending_steps
from staycourse.desk import Preview, TemplateLine, TemplateStory
from staycourse.events import Learner
from staycourse.kernel import LANGUAGES, BadInput, worded
from staycourse.policy import OfferStep, SendStep, SurveyStep, Title

SHOWN = 30
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LINE = re.compile(r"line (\d+)")
_PARTS = ("subject", "text", "short")


class HomeTemplates:
    """Implements desk.TemplateDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care

    def templates(self, tenant: str) -> tuple[TemplateLine, ...]:
        wording, own, used = self._care.wording(), self._own(tenant), self._used(tenant)
        return tuple(_line(name, wording, own, used) for name in sorted({name for name, _ in wording} | set(used)))

    def template(self, tenant: str, template: str) -> TemplateStory:
        if not _ID.fullmatch(template):
            raise BadInput(
                "a template's id has small letters, digits and underscores", where="id", mend="give up to 60 of them"
            )
        wording = self._care.wording()
        return TemplateStory(
            line=_line(template, wording, self._own(tenant), self._used(tenant)),
            wording={
                language: wording.get((template, language)) or Template(template, language, "", "", "")
                for language in LANGUAGES
            },
            versions=TemplateViews(self._care.home.database).versions(tenant, template, SHOWN),
            given=self._given(tenant, template),
        )

    def preview(self, tenant: str, template: Template, learner: str) -> Preview:
        try:
            self._check(tenant, template)
            filled = self._sent(tenant, template, learner) if learner else self._sample(tenant, template)
        except BadInput as wrong:
            place = wrong.where.split(", ")
            line = _LINE.search(wrong.where)
            return Preview(
                fault=wrong.wording._replace(where="").line(),
                part=next((part for part in _PARTS if part in place[1:]), "text"),
                line=int(line.group(1)) if line else None,
            )
        return Preview(filled.subject, filled.text, filled.short, sample=not learner)

    def save(self, tenant: str, template: Template, who: str, now: datetime) -> int:
        self._check(tenant, template)
        version = self._care.templates.save(tenant, template, who, now)
        self._care.audit.record(
            tenant, who, "template.save", at=now, template=template.id, language=template.language, version=version
        )
        return version

    def _check(self, tenant: str, template: Template) -> None:
        """Refuse what would be wrong when it is sent: it may need no more than every step that sends it gives."""
        given = offered(self._care.home.policy(tenant), template.id)
        check_template(template, None if given is None else given[0])

    def _given(self, tenant: str, template: str) -> frozenset[str] | None:
        given = offered(self._care.home.policy(tenant), template)
        return None if given is None else given[1]

    def _sample(self, tenant: str, template: Template) -> Rendered:
        """Fill it in for nobody: with samples, of what its senders give alone."""
        given = self._given(tenant, template.id)
        samples = {name: value for name, value in SAMPLES[template.language].items() if given is None or name in given}
        return render(template, samples | {"platform_name": self._care.home.policy(tenant).care.platform_name})

    def _sent(self, tenant: str, template: Template, learner: str) -> Rendered:
        """Fill it in as the sender does, with what it gives to this learner; the links of its own lead nowhere."""
        care = self._care
        known = care.home.store.learner(tenant, learner)
        if known is None:
            raise BadInput(
                worded("there is no learner {learner!r} with attributes", learner=learner[:60]),
                where="learner",
                mend="check the id",
            )
        policy, sender = care.home.policy(tenant), care.sender()
        wording = {(template.id, language): template for language in LANGUAGES}
        message = self._message(tenant, template.id, known)
        outgoing = replace(sender, templates=wording).outgoing(tenant, policy, message)
        own = re.compile(re.escape(care.links.base) + r"/l/[\w.~-]+") if care.links.base else None
        text, short = (
            own.sub(f"{care.links.base}/l/…", one) if own else one for one in (outgoing.text, outgoing.data["short"])
        )
        return Rendered(outgoing.subject, text, "", short)

    def _message(self, tenant: str, template: str, learner: Learner) -> Claimed:
        """Return the message that the first step which sends `template` would make for a learner."""
        care, policy = self._care, self._care.home.policy(tenant)
        first = next(iter(sending_steps(policy, template)), None)
        nodes = (node for node in nodes_of(policy) if first and (node.playbook, node.step) == (first[0], first[2].id))
        node = next(nodes, None)
        now = care.home.settings.clock.now()
        addresses = care.people.person(tenant, learner.learner, now).addresses
        guardian = next((one.address for one in addresses if one.guardian and not one.disabled), "")
        minor = is_minor(learner.birth_year, now.astimezone(care.home.zone).year, policy.care)
        return Claimed(
            key=f"preview:{template}", learner=learner.learner, course=self._course(tenant, learner.learner),
            journey=None, playbook=first[0] if first else "", purpose=first[1].purpose if first else "care",
            template=template, details=node.details if node else {}, channel="", address=guardian if minor else "",
            attempts=0,
        )  # fmt: skip

    def _course(self, tenant: str, learner: str) -> str:
        """Return the learner's own course: of the newest alert, else of the newest night; "" if neither knows one."""
        home = self._care.home
        alerts = AlertViews(home.database).of_learner(tenant, learner, {}, 1)
        if alerts:
            return alerts[0].alert.course
        runs = home.store.runs(tenant, limit=1)
        risks = home.shelf.risks(tenant, runs[0].as_of) if runs else None
        if risks is None:
            return ""
        mine = risks.filter(pc.equal(risks["learner"], learner))
        return str(mine["course"][0].as_py()) if mine.num_rows else ""

    def _own(self, tenant: str) -> set[str]:
        return {name for name, _ in self._care.templates.newest(tenant)}

    def _used(self, tenant: str) -> dict[str, list[tuple[str, Title]]]:
        used: dict[str, list[tuple[str, Title]]] = defaultdict(list)
        for name, playbook in self._care.home.policy(tenant).playbooks.items():
            sent = {step.template for step in playbook.steps if isinstance(step, (SendStep, OfferStep, SurveyStep))}
            for template in sent:
                used[template].append((name, playbook.title))
        return used


def _line(
    name: str,
    wording: dict[tuple[str, str], Template],
    own: set[str],
    used: dict[str, list[tuple[str, Title]]],
) -> TemplateLine:
    subjects = {language: one.subject for language in LANGUAGES if (one := wording.get((name, language)))}
    return TemplateLine(name, subjects, name in own, tuple(used.get(name, ())))
