"""Templates of messages: one text for a person, from which mail, push and inbox are made. Pure.

A template is Jinja2 with almost everything taken away: it may name the known variables, pass them through a few
filters and choose by `if`. There are no attributes, calls, loops or arithmetic, so nothing in it can reach out, run
long or grow large; what is left runs in Jinja2's immutable sandbox all the same. Everything that can be wrong is found
by `check_template`, when a template is saved.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NoReturn, TypeGuard

import jinja2
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from staycourse.care.messages.layout import html_of, kept_link
from staycourse.care.messages.variables import LONG, SAMPLES, VARIABLES
from staycourse.kernel import LANGUAGES, BadInput, translator, worded

SOURCE_LIMITS: Mapping[str, int] = {"subject": 300, "text": 10_000, "short": 600}
"""Characters of source that each part may have."""
SUBJECT_LIMIT = 150
SHORT_LIMIT = 140
"""Characters of the rendered subject, and of the short wording without its links."""
VALUE_LIMIT, LONG_VALUE_LIMIT = 300, 4000
FILTERS = ("capitalize", "default", "lower", "trim", "upper")

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter,
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one language. `short` is for push and SMS; `text` has paragraphs, parted by empty lines."""

    id: str
    language: str
    subject: str
    text: str
    short: str

    @property
    def parts(self) -> Mapping[str, str]:
        """The three sources by name."""
        return {"subject": self.subject, "text": self.text, "short": self.short}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. `html` is the text again, with its links as links."""

    subject: str
    text: str
    html: str
    short: str


def render(template: Template, values: Mapping[str, str], *, before: str = "") -> Rendered:
    """Fill `values` into `template`. BadInput if one that it needs (`variables_needed`) is missing or empty.

    Values are words, never template: braces in a name stay braces. Line breaks are kept only in the LONG variables.
    A `greeting` that is not given is made from the learner's name, or without one. `before` are words that the short
    wording begins with: they stay whole, and it keeps its length.
    """
    given = {name: _cleaned(name, value) for name, value in values.items() if name in VARIABLES}
    missing = sorted(name for name in variables_needed(template) if not given.get(name))
    if missing:
        raise BadInput(
            worded("there is no {column}", column=missing[0]),
            where=_place(template),
            mend="give it, or test it with {% if %}",
        )
    known = dict.fromkeys(VARIABLES, "") | given
    for name in (name for name, variable in VARIABLES.items() if variable.link):
        if known[name] and not kept_link(known[name]):
            raise BadInput(
                worded("{name} is not an http or https address", name=name), where=_place(template), mend="correct it"
            )
    known |= {name: known[name] or made for name, made in _greetings(template.language, known).items()}
    subject, text, short = (_filled(template, part, known) for part in ("subject", "text", "short"))
    text = _closed(re.sub(r"\n{3,}", "\n\n", text).strip(), template.language, known)
    links = [known[name] for name, variable in VARIABLES.items() if variable.link and known[name]]
    html = html_of(" ".join(subject.split()), text, template.language, links)
    return Rendered(_cut(" ".join(subject.split()), SUBJECT_LIMIT), text, html, _shortened(f"{before} {short}", links))


def check_template(template: Template, offered: Collection[str] | None = None) -> None:
    """Raise BadInput, with part and line, for anything that would be wrong with `template` when it is sent.

    `offered` are the variables that its sender will give (all known ones, unless said): one that the template needs
    beyond them is refused. A variable that may be missing has to be tested with `{% if %}` before it is used.
    """
    if template.language not in LANGUAGES:
        _refuse(template, "", "is in no known language", worded("use {choices}", choices=" or ".join(LANGUAGES)))
    for part, source in template.parts.items():
        if not source.strip():
            _refuse(template, part, "is empty", "write it")
        if len(source) > SOURCE_LIMITS[part]:
            _refuse(
                template, part, worded("is longer than {most:,} characters", most=SOURCE_LIMITS[part]), "shorten it"
            )
        _check_part(template, part)
    _check_needed(template, offered)
    samples = SAMPLES[template.language]
    for values in (samples, {name: samples[name] for name in variables_needed(template)}):
        rendered = render(template, values)
        if len(_without_links(rendered.short, values)) >= SHORT_LIMIT:
            _refuse(
                template,
                "short",
                worded("is longer than {most} characters with the sample values", most=SHORT_LIMIT),
                "shorten it",
            )
        if not (rendered.text and rendered.subject and rendered.short):
            _refuse(template, "", "says nothing when what may be missing is missing", "write words outside of {% if %}")


def check_templates(templates: Iterable[Template]) -> None:
    """Check each of `templates`, and that each has its twin in every other language."""
    listed = {(template.id, template.language): template for template in templates}
    for template in listed.values():
        check_template(template)
        for language in LANGUAGES:
            if (template.id, language) not in listed:
                _refuse(
                    template, "", worded("has no twin in {language}", language=language), "write it in both languages"
                )


def variables_of(template: Template) -> frozenset[str]:
    """Return the known variables that `template` names."""
    return _names(template)[0]


def variables_needed(template: Template) -> frozenset[str]:
    """Return those that it names without ever testing them: rendering needs a value for each."""
    used, tested = _names(template)
    return used - tested - {"greeting", "guardian_greeting"}


def _check_needed(template: Template, offered: Collection[str] | None) -> None:
    for name in sorted(variables_needed(template)):
        if VARIABLES[name].may_be_missing:
            _refuse(
                template,
                "",
                worded("{name} may be missing", name=name),
                worded("write {{% if {name} %}} ... {{% endif %}} around it", name=name),
            )
        if offered is not None and name not in offered:
            _refuse(
                template,
                "",
                worded("{name} is not given where this is sent", name=name),
                "leave it out, or test it with {% if %}",
            )


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests.clear()
    return made


@lru_cache(maxsize=1024)
def _names(template: Template) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that are used, and those that an `if` tests."""
    used: set[str] = set()
    tested: set[str] = set()
    for part in template.parts:
        tree = _parsed(template, part)
        used |= {node.name for node in tree.find_all(nodes.Name)}
        asked: list[nodes.Node] = [choice.test for choice in tree.find_all(nodes.If)]
        asked += [choice.test for choice in tree.find_all(nodes.CondExpr)]
        asked += [one.node for one in tree.find_all(nodes.Filter) if one.name == "default" and one.node is not None]
        tested |= {node.name for top in asked for node in [top, *top.find_all(nodes.Name)] if _is_name(node)}
    return frozenset(used), frozenset(tested)


def _is_name(node: nodes.Node) -> TypeGuard[nodes.Name]:
    return isinstance(node, nodes.Name)


def _parsed(template: Template, part: str) -> nodes.Template:
    try:
        return _environment().parse(template.parts[part])
    except TemplateSyntaxError as error:
        _refuse(template, part, error.message or "cannot be read", "see docs/channels.md", error.lineno)
    except (RecursionError, MemoryError, OverflowError, ValueError):
        _refuse(template, part, "is too deeply nested", "write it simpler")


def _check_part(template: Template, part: str) -> None:
    for node in _nodes(_parsed(template, part)):
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            _refuse(
                template,
                part,
                worded("{kind} is not possible in a template", kind=kind),
                "use variables, filters, if",
                node.lineno,
            )
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            _refuse(
                template,
                part,
                worded("there is no filter {name!r}", name=node.name[:40]),
                worded("use {choices}", choices=", ".join(FILTERS)),
                node.lineno,
            )
        if isinstance(node, nodes.Name) and node.name not in VARIABLES:
            what = worded("there is no variable {name!r}", name=node.name[:40])
            _refuse(template, part, what, "see docs/channels.md for them", node.lineno)


def _nodes(tree: nodes.Template) -> Iterator[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


@lru_cache(maxsize=1024)
def _compiled(template: Template, part: str) -> jinja2.Template:
    """Return what renders a part. One that was never checked, or by an older version, is checked before it may run."""
    _check_part(template, part)
    try:
        return _environment().from_string(_parsed(template, part))
    except (TemplateError, RecursionError, MemoryError, SyntaxError, ValueError) as error:
        _refuse(template, part, worded("cannot be used ({kind})", kind=type(error).__name__), "write it simpler")


def _filled(template: Template, part: str, known: Mapping[str, str]) -> str:
    try:
        return _compiled(template, part).render(known)
    except (TemplateError, TypeError, ValueError, RecursionError) as error:
        _refuse(template, part, worded("cannot be filled in ({kind})", kind=type(error).__name__), "check it")


def _greetings(language: str, known: Mapping[str, str]) -> Mapping[str, str]:
    say = translator(language)
    made = {}
    for greeting, name in (("greeting", "learner_name"), ("guardian_greeting", "guardian_name")):
        form = "named" if known[name] else "plain"
        made[greeting] = say.text(f"mail.{greeting}.{form}", name=known[name])
    return made


def _closed(text: str, language: str, known: Mapping[str, str]) -> str:
    """Add the way to unsubscribe, wherever there is one."""
    link = known["unsubscribe_link"]
    if not link or link in text:
        return text
    return f"{text}\n\n--\n{translator(language).text('mail.unsubscribe')}{link}"


def _cleaned(name: str, value: str) -> str:
    text = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    if name in LONG:
        return _cut(text.strip(), LONG_VALUE_LIMIT)
    return _cut(" ".join(text.split()), 2000 if VARIABLES[name].link else VALUE_LIMIT)


def _shortened(short: str, links: Collection[str]) -> str:
    """Keep the words within SHORT_LIMIT, and a link at their end whole."""
    words = " ".join(short.split())
    link = next((link for link in links if words.endswith(link)), "")
    head = words.removesuffix(link).rstrip() if link else words
    return f"{_cut(head, SHORT_LIMIT)} {link}".strip()


def _without_links(short: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        if VARIABLES[name].link:
            short = short.replace(value, "")
    return short.strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _place(template: Template) -> str:
    return f"template {template.id[:60]} ({template.language[:20]})"


def _refuse(template: Template, part: str, what: str, mend: str, line: int | None = None) -> NoReturn:
    place = ", ".join([_place(template), *([part] if part else []), *([f"line {line}"] if line else [])])
    raise BadInput(what, where=place, mend=mend)
