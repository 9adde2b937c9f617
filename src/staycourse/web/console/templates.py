"""The templates as views: the list, and one template in both languages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from staycourse.care.messages import SOURCE_LIMITS, VARIABLES, Template
from staycourse.desk import Preview, TemplateLine, TemplateStory, TemplateVersion
from staycourse.kernel import LANGUAGES, Words
from staycourse.web.console.contacts import template_name
from staycourse.web.console.reader import moment_text, playbook_name

PARTS = ("subject", "text", "short")


@dataclass(frozen=True, slots=True)
class TemplateView:
    """One template of the list."""

    address: str
    id: str
    name: str
    subject: str
    playbooks: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: a part in one language, as written, with what is wrong with it."""

    id: str
    name: str
    label: str
    value: str
    rows: int
    longest: int
    fault: str


@dataclass(frozen=True, slots=True)
class LanguageView:
    """One language of a template: its fields, and how it reads."""

    language: str
    title: str
    fields: tuple[FieldView, ...]
    preview: Preview | None
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """The page of one template."""

    template: TemplateView
    languages: tuple[LanguageView, ...]
    learner: str
    versions: tuple[tuple[str, str, str, Template], ...]
    variables: tuple[tuple[str, str], ...]
    new: bool


ROWS: Mapping[str, int] = {"subject": 1, "text": 14, "short": 3}


def template_address(template: str) -> str:
    """Return the address of one template."""
    return f"/templates/{template}"


def template_view(line: TemplateLine, words: Words) -> TemplateView:
    """Return the view of one template of the list."""
    return TemplateView(
        address=template_address(line.template),
        id=line.template,
        name=template_name(line.template, words),
        subject=line.subjects.get(words.language) or next(iter(line.subjects.values()), ""),
        playbooks=tuple(playbook_name(name, title, words) for name, title in line.playbooks),
        own=line.own,
    )


def template_page(
    story: TemplateStory,
    wording: Mapping[str, Template],
    previews: Mapping[str, Preview],
    learner: str,
    zone: ZoneInfo,
    words: Words,
) -> TemplatePage:
    """Return the page of one template with `wording` in its fields, and the previews that were asked for."""
    return TemplatePage(
        template=template_view(story.line, words),
        languages=tuple(
            _language(language, wording[language], previews.get(language), words) for language in LANGUAGES
        ),
        learner=learner,
        versions=tuple(_version(one, zone, words) for one in story.versions),
        variables=tuple((name, words.t(f"variable.{name}")) for name in _given(story)),
        new=not story.line.subjects,
    )


def _given(story: TemplateStory) -> tuple[str, ...]:
    return tuple(name for name in VARIABLES if story.given is None or name in story.given)


def _language(language: str, template: Template, preview: Preview | None, words: Words) -> LanguageView:
    text = preview.text if preview and not preview.fault else ""
    return LanguageView(
        language=language,
        title=words.t(f"console.language.{language}"),
        fields=tuple(_field(language, part, template, preview, words) for part in PARTS),
        preview=preview if preview and not preview.fault else None,
        paragraphs=tuple(part for part in text.split("\n\n") if part.strip()),
    )


def _field(language: str, part: str, template: Template, preview: Preview | None, words: Words) -> FieldView:
    fault = ""
    if preview and preview.fault and preview.part == part:
        fault = words.told(preview.fault)
        if preview.line is not None:
            fault = words.t("templates.fault.line", line=preview.line, fault=fault)
    return FieldView(
        id=f"{part}-{language}",
        name=f"{part}_{language}",
        label=words.t(f"templates.part.{part}"),
        value=template.parts[part],
        rows=ROWS[part],
        longest=SOURCE_LIMITS[part],
        fault=fault,
    )


def _version(one: TemplateVersion, zone: ZoneInfo, words: Words) -> tuple[str, str, str, Template]:
    number = words.t("templates.version", n=one.version, language=words.t(f"console.language.{one.template.language}"))
    return number, moment_text(one.saved, zone, words), one.author, one.template
