"""What the fields of a policy and their values are called, in the reader's language."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from staycourse.kernel import BadInput, Money, Words
from staycourse.policy import CampaignPolicy, Title
from staycourse.review.changes import Plain
from staycourse.review.telling.playbook_words import playbook_text

_TITLED = {"playbooks": "playbook", "campaigns": "campaign"}
_FAMILIES = (
    (re.compile(r"^(?:playbooks|campaigns)\.(\w+)(?:\.(\w+).*)?$"), "titled"),
    (re.compile(r"^rules\.([a-z0-9_]+)"), "rule"),
    (re.compile(r"^causes\.list\.([a-z0-9_]+)"), "cause"),
    (re.compile(r"^triggers\.(\w+)"), "trigger"),
    (re.compile(r"^scorecard\.items\.(\w+) "), "item"),
    (re.compile(r"^events\.names\.(.+)\.\w+$"), "mapped"),
    (re.compile(r"^care\.caps\.channels\.([^.]+)"), "channel_cap"),
    (re.compile(r"^care\.links\.(.+)$"), "link"),
)
_PLAYBOOK = re.compile(r"^playbooks\.\w+$")
_CAMPAIGN = re.compile(r"^campaigns\.\w+$")
_STEP = re.compile(r"^playbooks\.\w+\.steps\.\w+$")
_CAUSES = re.compile(r"^causes\.|\.causes?$")
_WORDS = ("policies.value", "channel", "purpose", "stage", "verb", "tier")


def field_text(field: str, words: Words, title: Title | None = None) -> str:
    """Return what `field` is called with its path beside it; the bare path where nobody has named it.

    `title` is what the operator calls the playbook or campaign that it is of.
    """
    key = f"policy.field.{field}"
    if words.translator.has(key):
        return words.t("policy.field.named", name=words.t(key), field=field)
    for pattern, family in _FAMILIES:
        if found := pattern.match(field):
            if family == "titled":
                return _of_titled(field, found[1], found[2], title, words)
            return words.t(f"policy.field.{family}", name=_called(family, found[1], words), field=field)
    return field


def value_text(field: str, value: Plain | None, words: Words) -> str:
    """Say a value of `field`: a playbook or a step in a few words, words by their names, numbers as they are."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return words.t("cli.policy.yes" if value else "cli.policy.no")
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, str):
        return str(value)
    if _PLAYBOOK.match(field):
        return playbook_text(value, words)
    if _CAMPAIGN.match(field):
        return _campaign_text(value, words)
    if _STEP.match(field):
        return _step_text(value, words)
    if field == "scene":
        return words.named("scene", value) if value else "–"
    listed = _listed(value)
    return words.t("playbooks.comma").join(word_text(one, words, field) for one in listed) or "–"


def word_text(value: str, words: Words, field: str = "") -> str:
    """Return what a word of the policy's text is called: a cause's or signal's name, or what else a field may hold."""
    if _CAUSES.search(field):
        return words.named("cause", value, "name")
    for family in _WORDS:
        if words.translator.has(f"{family}.{value}"):
            return words.t(f"{family}.{value}")
    return words.named("signal", value, "name") if words.translator.has(f"signal.{value}.name") else value


def _of_titled(field: str, name: str, part: str | None, title: Title | None, words: Words) -> str:
    family = _TITLED[field.partition(".")[0]]
    called = title.of(words.language) if title else name.replace("_", " ")
    if not part:
        return words.t(f"policy.field.{family}", name=called, field=field)
    return words.t(f"policy.field.{family}.part", name=called, part=words.named("policy.part", part), field=field)


def _called(family: str, name: str, words: Words) -> str:
    if family in ("rule", "cause"):
        return words.named(family, name, "name")
    if family == "item":
        return words.named("signal", name, "name")
    return words.named("channel", name) if family == "channel_cap" else name.replace("_", " ")


def _listed(value: str) -> list[str]:
    """Return the texts of a list that is written as JSON; else the one text, or nothing of an empty one."""
    try:
        found = json.loads(value) if value.startswith("[") else None
    except ValueError:
        found = None
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    return [value] if value else []


def _campaign_text(written: str, words: Words) -> str:
    """Say what the campaign is that is `written` as JSON; the JSON if it is none of today."""
    try:
        one = msgspec.json.decode(written, type=CampaignPolicy)
        off = f"{one.percent_off}%" if one.percent_off else Money(one.amount_off_minor, one.currency).format(
            words.language.replace("-", "_"))  # fmt: skip
    except (msgspec.MsgspecError, BadInput):
        return written
    title = one.title.of(words.language)
    return words.t("policy.campaign", title=title, off=off, opens=one.opens, closes=one.closes)


def _step_text(written: str, words: Words) -> str:
    """Say in a few words what a step does that is `written` as JSON; the JSON if it is no step of today."""
    try:
        step: Any = json.loads(written)
    except ValueError:
        return written
    kind = step.get("do", "") if isinstance(step, dict) else ""
    if not words.translator.has(f"policy.step.{kind}"):
        return written
    if kind == "wait":
        spans = [words.counted(noun, step[part]) for part, noun in (("days", "days"), ("hours", "hours"))
                 if step.get(part)]  # fmt: skip
        return words.t("policy.step.wait", what=words.t("playbooks.comma").join(spans))
    if kind == "task":
        script = str(step.get("script", ""))
        family = "cause" if words.translator.has(f"cause.{script}.name") else "script"
        return words.t("policy.step.task", what=words.named(family, script, "name"))
    name = str(step.get("campaign") or step.get("template") or "")
    return words.t(f"policy.step.{kind}", what=words.named("template", name, "name"))
