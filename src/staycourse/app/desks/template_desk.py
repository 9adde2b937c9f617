"""The templates of one home, for the people who write them. Every save is written into the audit log."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime

from staycourse.adapters.store.views import TemplateViews
from staycourse.app.care.care import Care
from staycourse.care import SAMPLES, Template, check_template, render
from staycourse.desk import Preview, TemplateLine, TemplateStory
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
        )

    def preview(self, tenant: str, template: Template, learner: str) -> Preview:
        try:
            check_template(template)
            filled = render(template, self._values(tenant, template.language, learner))
        except BadInput as wrong:
            place = wrong.where.split(", ")
            line = _LINE.search(wrong.where)
            return Preview(
                fault=wrong.wording._replace(where="").line(),
                part=next((part for part in _PARTS if part in place[1:]), "text"),
                line=int(line.group(1)) if line else None,
            )
        return Preview(filled.subject, filled.text, filled.short)

    def save(self, tenant: str, template: Template, who: str, now: datetime) -> int:
        check_template(template)
        version = self._care.templates.save(tenant, template, who, now)
        self._care.audit.record(
            tenant, who, "template.save", at=now, template=template.id, language=template.language, version=version
        )
        return version

    def _values(self, tenant: str, language: str, learner: str) -> dict[str, str]:
        """Return the samples of `language`, with what is known of the learner laid over."""
        known = self._care.home.store.learner(tenant, learner) if learner else None
        if learner and known is None:
            raise BadInput(
                worded("there is no learner {learner!r} with attributes", learner=learner[:60]),
                where="learner",
                mend="check the id",
            )
        own = {"learner_name": known.name or "", "guardian_name": known.guardian or ""} if known else {}
        platform = self._care.home.policy(tenant).care.platform_name
        values = {**SAMPLES[language], "platform_name": platform, **own}
        return {name: value for name, value in values.items() if not (known and name.endswith("greeting"))}

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
