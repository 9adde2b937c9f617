"""Every key that a page can show has words in both languages, with the same values in them."""

from __future__ import annotations

import re
import string
from importlib import resources

import pytest

from staycourse.care import MESSAGE_KINDS
from staycourse.care.messages import default_templates
from staycourse.desk import ENDED
from staycourse.events import FAMILIES, VERBS
from staycourse.kernel import LANGUAGES, Translator, translator
from staycourse.policy import TASK_OUTCOMES, default_policy_text, load_policy
from staycourse.signals import CATALOGUE, SIGNALS_BY_NAME
from staycourse.web.console import advisors, alerts, deliveries, templates
from staycourse.web.console.learner import STATES
from staycourse.web.console.reasons import RISK_LEVELS
from staycourse.web.preferences import THEMES
from staycourse.web.rendering import HERE

CARE = (
    "acting",
    "advisors",
    "alerts",
    "care",
    "connections",
    "deliveries",
    "journey",
    "message",
    "people",
    "task",
    "templates",
)
"""Families of keys of the pages of care."""

ROOMS = ("console", "events", "acting", "advisors", "alerts", "connections", "contacts", "deliveries", "people",
         "templates", "answering")  # fmt: skip
"""The catalogues of the console."""


def test_every_key_written_in_code_and_templates_has_words() -> None:
    sources = [*HERE.rglob("*.py"), *HERE.rglob("*.html")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    literal = set(re.findall(rf"""["']((?:console|{"|".join(CARE)})\.[a-z0-9_.]+[a-z0-9_])["']""", text))
    assert len(literal) > 200
    known = translator("en").messages
    families = {key.rpartition(".")[0] for key in known}
    notices = {key for key in literal if f"notice.{key}" in known}
    _all_have({key for key in literal - families - notices if not key.endswith((".css", ".js", ".html"))})


def test_every_key_put_together_has_words() -> None:
    columns = ("day", "course", "freeze", "round_trip", "loss", "rejoins")
    facts = ("id", "paid", "joined", "country", "zone", "language", "age", "guardian")
    _all_have(
        {f"console.risk.{level}" for _, level in RISK_LEVELS}
        | {f"console.theme.{when}.{theme}" for when in ("now", "to") for theme in THEMES}
        | {f"console.language.{language}" for language in LANGUAGES}
        | {f"console.column.{name}" for name in columns}
        | {f"console.fact.{name}" for name in facts}
        | {f"console.error.{kind}.{part}" for kind in (404, 405, 409, 422, 500, 503) for part in ("title", "text")}
        | {f"console.today.change.{kind}" for kind in ("more", "fewer", "same")}
        | {f"state.{state}" for state in STATES}
    )


def test_every_key_of_care_put_together_has_words() -> None:
    alert_states = (*alerts.STATES, *ENDED)
    held: tuple[str, ...] = (
        "cap_day", "cap_week", "cap_zero", "quiet_hours", "no_consent", "no_address", "no_guardian", "no_channel",
    )  # fmt: skip
    held += ("stale", "budget_coupons", "coupon_had", "not_eligible", "refused", "gave_up", "outranked")
    left = ("return", "reply", "unsubscribe", "goal", "outranked", "gone", "finished")
    _all_have(
        {f"alerts.state.{state}" for state in alert_states}
        | {f"alerts.found.{state}" for state in (*alerts.STATES, "to_answer")}
        | {f"alerts.act.{act}" for act in ("take", "done", "release", "snooze")}
        | {f"alerts.ended.{why}" for why in ("return", "calm", "person", "gone", "erased")}
        | {f"alerts.outcome.{outcome}" for outcome in ("churned", "saved", "false_alarm")}
        | {f"alerts.one.{state}" for state in ("open", "taken", "snoozed")}
        | {f"trigger.{trigger}" for trigger in ("immediate", "rule", "risk", "event")}
        | {f"withheld.{why}" for why in (*held, "held_out", "no_playbook", "busy", "recent", "budget_advisors")}
        | {f"withheld.{why}.short" for why in held}
        | {f"journey.reason.{why}" for why in left}
        | {f"journey.state.{state}" for state in ("active", "done", "left", "held_out")}
        | {f"journey.step.{kind}" for kind in (*MESSAGE_KINDS, "wait", "branch", "task", "end")}
        | {f"message.state.{state}" for state in deliveries.STATES}
        | {f"purpose.{purpose}" for purpose in ("care", "marketing", "service")}
        | {f"task.outcome.{outcome}" for outcome in TASK_OUTCOMES}
        | {f"task.state.{state}" for state in ("asked", "open", "claimed", "done", "dropped", "withheld")}
        | {f"advisors.found.{state}" for state in (*advisors.STATES, "queue")}
        | {f"advisors.script.{part}" for part in advisors.SCRIPT_PARTS}
        | {f"templates.part.{part}" for part in templates.PARTS}
        | {f"template.{name}.name" for name, _ in default_templates()}
        | {f"notice.alert.{act}" for act in ("take", "done", "release", "snooze", "stop")}
        | {f"notice.task.{act}" for act in ("claim", "release", "finish", "stop", "told.stop", "outcome.stop")}
        | {f"notice.{name}" for name in ("note", "consent", "template", "test.sent")}
        | {f"audit.alert.{act}" for act in ("take", "done", "release", "snooze", "note")}
        | {f"audit.task.{act}" for act in ("claim", "release", "finish", "note")}
        | {f"audit.{act}" for act in ("seen", "consent.given", "consent.withdrawn", "template.save", "channel.test")}
    )


def test_every_verb_and_family_has_words() -> None:
    _all_have({f"verb.{verb.name}" for verb in VERBS} | {f"family.{family}" for family in FAMILIES})


def test_every_signal_and_category_has_words() -> None:
    _all_have({f"signal.{signal.name}.{part}" for signal in CATALOGUE for part in ("name", "reason")})
    _all_have({f"category.{signal.category}" for signal in CATALOGUE})


def test_every_rule_cause_suggestion_and_tier_of_the_default_policy_has_words() -> None:
    policy = load_policy(default_policy_text(), signals=set(SIGNALS_BY_NAME))
    causes = policy.causes.list
    _all_have(
        {f"rule.{rule.id}.name" for rule in policy.rules}
        | {f"cause.{cause.id}.name" for cause in causes}
        | {f"suggestion.{cause.first}.name" for cause in causes}
        | {f"tier.{tier}" for tier in ("core", "regular")}
        | {f"churn.reason.{kind}" for kind in ("crossed", "shortest", "longest", "too_few")}
    )


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_say_the_same_things_with_the_same_values(room: str) -> None:
    english, chinese = (_catalogue(language, room) for language in LANGUAGES)
    assert set(english) == set(chinese)
    for key, message in english.items():
        assert _values(message) == _values(chinese[key]), key


def test_no_message_of_ours_is_written_twice() -> None:
    for language in LANGUAGES:
        for room in ROOMS:
            keys = re.findall(r'(?m)^msgid "(.+)"$', _text(language, room))
            assert len(keys) == len(set(keys))


def _all_have(keys: set[str]) -> None:
    for language in LANGUAGES:
        known: Translator = translator(language)
        assert {key for key in keys if not known.has(key)} == set(), language


def _catalogue(language: str, room: str) -> dict[str, tuple[str, ...]]:
    keys = re.findall(r'(?m)^msgid "(.+)"$', _text(language, room))
    known = translator(language)
    return {key: known.messages[key] for key in keys}


def _text(language: str, room: str) -> str:
    place = resources.files("staycourse") / "locale" / language.replace("-", "_") / f"{room}.po"
    return place.read_text("utf-8")


def _values(forms: tuple[str, ...]) -> set[str]:
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}
