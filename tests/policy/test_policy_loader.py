"""Reading a policy: the operator's changes over the defaults, and the line and field of whatever is wrong."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.kernel import BadPolicy
from staycourse.policy import default_policy_text, load_policy
from staycourse.policy.lines import Path, field_lines
from staycourse.signals import SIGNALS_BY_NAME

RULE = '[[rules]]\nid = "away"\ncategory = "login"\nwhen = [{ signal = "days_absent", op = ">=", at = 3 }]\n'


def refused(text: str) -> str:
    with pytest.raises(BadPolicy) as caught:
        load_policy(text, signals=SIGNALS_BY_NAME, source="mine.toml")
    return str(caught.value)


def test_an_empty_file_is_the_default() -> None:
    default = load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)
    assert load_policy("", signals=SIGNALS_BY_NAME) == default


def test_a_file_needs_only_what_differs() -> None:
    default = load_policy("", signals=SIGNALS_BY_NAME)
    policy = load_policy("[tiers.core]\nabsent_days = 2\n", signals=SIGNALS_BY_NAME, version=7)
    assert policy.tiers.core.absent_days == 2
    assert policy.tiers.core.due_hours == default.tiers.core.due_hours
    assert policy.rules == default.rules
    assert policy.version == 7


def test_a_list_replaces_the_default_list() -> None:
    policy = load_policy(RULE, signals=SIGNALS_BY_NAME)
    assert [rule.id for rule in policy.rules] == ["away"]
    assert policy.rule("away") is policy.rules[0]
    assert policy.rule("absent") is None


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ('[churn]\n\nhorizon_days = "x"', "mine.toml, line 3, churn.horizon_days", "it is no whole number"),
        ("[churn]\nhorizon_days = 0", "mine.toml, line 2, churn.horizon_days", "it is below 1; give at least 1"),
        ("[churn]\n\nhorizon = 3", "mine.toml, line 3, churn.horizon", "there is no field 'horizon' here"),
        ("[chrun]\nhorizon_days = 3", "mine.toml, line 1, chrun", "there is no field 'chrun' here"),
        ("format = 2", "mine.toml, line 1, format", "invalid enum value 2"),
        ("version = 3", "mine.toml, line 1, version", "does not number itself"),
        ("[alerts]\nminimum_risk = nan", "mine.toml, line 2, alerts.minimum_risk", "it is below 0.0"),
        ("[model]\ndepth = 9", "mine.toml, line 2, model.depth", "it is above 3; give 3 at most"),
        ('[tiers]\nby = ["paid", "paid"]', "mine.toml, line 2, tiers.by", "a measure stands twice"),
        ('[tiers]\npaid_signal = "pay"', "mine.toml, line 2, tiers.paid_signal", "there is no signal 'pay'"),
        ('[causes]\nstarting = "x"', "mine.toml, line 2, causes.starting", "there is no cause 'x'"),
        ("[churn]\nshortest_days = 40", "mine.toml, line 2, churn.shortest_days", "more than longest_days"),
        ("rules = 3", "mine.toml, line 1, rules", "it is no list; write it in square brackets"),
        (RULE + RULE, "mine.toml, line 6, rules[1].id", "there are two rules 'away'"),
        (RULE + 'cause = "sad"', "mine.toml, line 5, rules[0].cause", "there is no cause 'sad'"),
        (RULE + "alerts = false", "mine.toml, line 1, rules[0].cause", "a rule that alerts nobody must name a cause"),
        (
            RULE + 'alerts = false\nimmediate = true\ncause = "alone"',
            "mine.toml, line 5, rules[0].alerts",
            "a rule that alerts nobody cannot alert at once",
        ),
        (RULE.replace("at = 3", 'at = 3, at_tier = "absent_days"'), "line 4, rules[0].when[0]", "either `at`"),
        (RULE.replace(", at = 3", ""), "mine.toml, line 4, rules[0].when[0]", "either `at` or `at_tier`"),
        (RULE.replace("days_absent", "days_absnt"), "line 4, rules[0].when[0].signal", "perhaps days_absent"),
        (RULE.replace('"login"', '"log"'), "mine.toml, line 3, rules[0].category", "invalid enum value 'log'"),
        ('[[rules]]\ncategory = "login"', "mine.toml, line 1, rules[0]", "missing required field `id`"),
        ("a = ", "mine.toml, line 1", "invalid value"),
        ("[churn]\nlabel = 'x", "mine.toml, line 2", "expected"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_field(text: str, place: str, what: str) -> None:
    message = refused(text)
    assert place in message
    assert what in message
    assert "\n" not in message


def test_a_condition_over_several_lines_is_found_on_its_own() -> None:
    text = RULE.replace("[{", '[\n  { signal = "logins_7d", op = "<", at = 1 },\n  {').replace(
        "days_absent", "days_away"
    )
    assert "line 6, rules[0].when[1].signal" in refused(text)


def test_the_scorecard_reads_only_signals_of_the_catalogue() -> None:
    line = '{ signal = "days_in", op = "<", at = 3, weight = 1.0, category = "login" }'
    assert "line 2, scorecard.items[0].signal" in refused(f"[scorecard]\nitems = [{line}]")


def test_a_signal_cannot_speak_for_two_causes() -> None:
    cause = '[[causes.list]]\nid = "{}"\nsignals = ["{}"]\nfirst = "a"\nthen = "b"\n'
    head = "rules = []\n[causes]\nstarting = 'one'\notherwise = 'one'\n"
    assert "speaks for one" in refused(head + cause.format("one", "score_*") + cause.format("two", "*_average"))


def test_a_misspelt_pattern_is_told() -> None:
    causes = "[[causes.list]]\nid = 'unclear'\nsignals = ['raiting_*']\nfirst = 'a'\nthen = 'b'"
    message = refused(f"rules = []\n[causes]\nstarting = 'unclear'\n{causes}")
    assert "line 6, causes.list[0].signals[0]: no signal is named like 'raiting_*'; perhaps rating" in message


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "#" * 1_000_001, "\x00", "[a]\n[a]"])
def test_hostile_text_is_refused_in_one_line(text: str) -> None:
    assert "\n" not in refused(text)


def flatten(value: object, path: Path) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, below in items for found in [(*path, key), *flatten(below, (*path, key))]]


def test_every_field_of_the_default_has_its_line() -> None:
    lines = field_lines(default_policy_text())
    written = default_policy_text().splitlines()
    for path in flatten(tomllib.loads(default_policy_text()), ()):
        assert path in lines, path
        if isinstance(path[-1], str):
            assert path[-1] in written[lines[path] - 1], path


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", "x.y"])
SCALARS = st.sampled_from(["1", "-2.5", "true", '"#]}"', "'''it's\n[x]'''", '"""q\\"#\n"""', "2024-01-01", "'}'"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda xs: "[ # list\n" + ",\n".join(xs) + "]")
        | st.lists(inner, max_size=3).map(lambda xs: "{" + ", ".join(f"k{n} = {x}" for n, x in enumerate(xs)) + "}")
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "[t]\n", "[[u]]\n", "[[u.v]]\n"]), KEYS, VALUES), max_size=6))
def test_whatever_toml_is_valid_has_a_line_for_every_field(parts: list[tuple[str, str, str]]) -> None:
    text = "\n".join(f"{header}{key} = {value} # end" for header, key, value in parts)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = field_lines(text)
    assert all(path in lines for path in flatten(read, ()))
