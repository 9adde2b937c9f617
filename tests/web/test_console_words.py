"""Every key that a page can show has words in both languages, with the same values in them."""

from __future__ import annotations

import re
import string
from importlib import resources

import pytest

from staycourse.events import FAMILIES, VERBS
from staycourse.kernel import LANGUAGES, Translator, translator
from staycourse.policy import default_policy_text, load_policy
from staycourse.signals import CATALOGUE, SIGNALS_BY_NAME
from staycourse.web.console.learner import STATES
from staycourse.web.console.reasons import RISK_LEVELS
from staycourse.web.preferences import THEMES
from staycourse.web.rendering import HERE


def test_every_key_written_in_code_and_templates_has_words() -> None:
    sources = [*HERE.rglob("*.py"), *HERE.rglob("*.html")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    literal = set(re.findall(r"""["'](console\.[a-z0-9_.]+[a-z0-9_])["']""", text))
    assert len(literal) > 100
    _all_have(literal - {"console.css", "console.js"})


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


@pytest.mark.parametrize("room", ["console", "events"])
def test_both_languages_say_the_same_things_with_the_same_values(room: str) -> None:
    english, chinese = (_catalogue(language, room) for language in LANGUAGES)
    assert set(english) == set(chinese)
    for key, message in english.items():
        assert _values(message) == _values(chinese[key]), key


def test_no_message_of_ours_is_written_twice() -> None:
    for language in LANGUAGES:
        for room in ("console", "events"):
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
