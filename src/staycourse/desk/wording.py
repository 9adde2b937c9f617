"""The templates of messages: records and the questions asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from staycourse.care.messages import Template
from staycourse.policy import Title


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One template: its subject by language, whether it is the shipped one, the playbooks that send it."""

    template: str
    subjects: Mapping[str, str]
    own: bool
    playbooks: tuple[tuple[str, Title], ...]


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One saved version."""

    template: Template
    version: int
    saved: datetime
    author: str


@dataclass(frozen=True, slots=True)
class TemplateStory:
    """One template in force by language (empty where there is none yet), and its versions, the newest first.

    `given` are the variables that the steps which send it give; None where no step sends it.
    """

    line: TemplateLine
    wording: Mapping[str, Template]
    versions: tuple[TemplateVersion, ...]
    given: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A template filled in for one learner; `fault` (at `part`, in `line`) where it cannot be.

    `sample`: for nobody, with sample values of what its senders give.
    """

    subject: str = ""
    text: str = ""
    short: str = ""
    fault: str = ""
    part: str = ""
    line: int | None = None
    sample: bool = False


class TemplateDesk(Protocol):
    """Answers about templates, checks, shows and saves them. Every call is of one tenant."""

    def templates(self, tenant: str) -> tuple[TemplateLine, ...]:
        """Return every template, by id."""
        ...

    def template(self, tenant: str, template: str) -> TemplateStory:
        """Return one template; an id that is none yet has empty wording. BadInput if it can be no id."""
        ...

    def preview(self, tenant: str, template: Template, learner: str) -> Preview:
        """Check a template and fill it in for `learner`, just as it would be sent; for nobody ("") with samples."""
        ...

    def save(self, tenant: str, template: Template, who: str, now: datetime) -> int:
        """Check a template, keep it as its next version and return the version; BadInput where it is wrong."""
        ...
