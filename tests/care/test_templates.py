"""Templates: nothing wrong gets past saving, nothing hostile gets out of a value, and the shipped ones read well."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.care.messages import (
    SAMPLES,
    VARIABLES,
    Template,
    check_template,
    check_templates,
    default_templates,
    render,
    variables_needed,
    variables_of,
)
from staycourse.kernel import LANGUAGES, BadInput, translator

IDS = (
    "tutoring_offer", "step_back", "interest_content", "stage_test", "fitting_package", "coupon_offer", "short_pieces",
    "lighter_goal", "pause_plan", "camp_invitation", "study_buddy", "small_room_class", "apology_and_replay",
    "network_check", "fix_confirmed", "friendly_question", "short_survey", "welcome", "first_steps", "first_win",
    "live_welcome", "habit_week", "milestone_reached", "renewal_soon", "renewal_thanks", "win_back_news",
    "win_back_open_door", "welcome_again", "birthday", "guardian_report", "class_starting", "receipt",
    "slower_path", "other_teacher", "thank_you", "speaking_practice", "real_cases",
)  # fmt: skip
FEW = ("course_title", "platform_name", "link")
SHIPPED = pytest.mark.parametrize("shipped", default_templates().values(), ids=lambda one: f"{one.id}-{one.language}")
EVERY = st.fixed_dictionaries({}, optional={name: st.text(max_size=400) for name in VARIABLES})

PRESSURE = {
    "en": r"leav|lost you|miss(ed)? you|haven.t|have not seen|come back|last chance|hurry|only today|don.t lose|"
    r"at risk|churn|inactive|disappoint|should have|must\b|falling behind|act now|\d+ days? (away|absent)",
    "zh-CN": r"流失|离开|好久不见|想念|没来|未登录|最后机会|抓紧|赶快|赶紧|错过|仅限今天|必须|落后|失望|掉队|放弃|速来",
}  # fmt: skip


def made(text: str = "Words", subject: str = "Subject", short: str = "Short") -> Template:
    return Template("mine", "en", subject, text, short)


def few(language: str, **more: str) -> dict[str, str]:
    return {name: SAMPLES[language][name] for name in FEW} | more


def refusal(template: Template, **more: frozenset[str]) -> str:
    with pytest.raises(BadInput) as raised:
        check_template(template, **more)
    assert "\n" not in str(raised.value)
    return str(raised.value)


class Page(HTMLParser):
    """What a mail program would see: elements, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = {name for name, _ in attrs}
        assert names <= {"lang", "charset", "name", "content", "class", "href"}, names
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_every_template_of_the_default_playbooks_ships_in_both_languages() -> None:
    assert set(default_templates()) == {(one, language) for one in IDS for language in LANGUAGES}
    check_templates(default_templates().values())


@SHIPPED
def test_a_shipped_template_needs_only_what_is_always_there(shipped: Template) -> None:
    check_template(shipped, offered=frozenset(FEW))
    other = default_templates()[shipped.id, next(one for one in LANGUAGES if one != shipped.language)]
    assert variables_of(shipped) - {"course_title"} == variables_of(other) - {"course_title"}, "both say the same"


@SHIPPED
def test_a_shipped_template_reads_well_with_and_without_a_name(shipped: Template) -> None:
    for values in (SAMPLES[shipped.language], few(shipped.language), few(shipped.language, learner_name="Bo")):
        rendered = render(shipped, values)
        for part in (rendered.subject, rendered.text, rendered.short):
            assert "{" not in part and "None" not in part and part == part.strip()
            assert not re.search(
                r"[,，、] *[,，。.!！]|\( *\)|（）|《》| {2}|\n{3}|。。|\.\.| [,.!]|\bfor [.!]", part
            ), part
            assert values["link"] in part or part == rendered.subject
        assert not re.search(PRESSURE[shipped.language], " ".join((rendered.text, rendered.subject)), re.IGNORECASE)
        assert len(rendered.short) < 200 and len(rendered.subject) <= 80
        if shipped.language == "en":
            assert rendered.text.isascii() or values is SAMPLES["en"]
    assert ("Bo" in render(shipped, few(shipped.language, learner_name="Bo")).text.split("\n\n")[0]) is (
        shipped.id != "guardian_report"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_greetings_are_natural(language: str) -> None:
    welcome = default_templates()["welcome", language]
    named, plain = (render(welcome, few(language, learner_name=name)).text.split("\n")[0] for name in ("Li", ""))
    expected = {"en": ("Hello Li,", "Hello,"), "zh-CN": ("Li同学，你好！", "同学，你好！")}
    assert (named, plain) == expected[language]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ learner_nam }}", "learner_nam"),
        ("one\ntwo {{ nobody }}", "line 2"),
        ("{{ course_title", "line 1"),
        ("{% if link %}x", "line 1"),
        ("{{ link.__class__ }}", "getattr"),
        ("{{ ''.__class__.__mro__ }}", "getattr"),
        ("{{ link['a'] }}", "getitem"),
        ("{{ link() }}", "call"),
        ("{{ range(10) }}", "call"),
        ("{% for x in link %}{{ x }}{% endfor %}", "for"),
        ("{% for x in range(10**9) %}{% endfor %}", "for"),
        ("{{ 'a' * 10**9 }}", "mul"),
        ("{{ 9 ** 9 ** 9 }}", "pow"),
        ("{{ link ~ link }}", "concat"),
        ("{{ link|center(1000000000) }}", "center"),
        ("{{ link|attr('x') }}", "attr"),
        ("{{ link|safe }}", "safe"),
        ("{% set x = 1 %}", "assign"),
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% extends 'x' %}", "extends"),
        ("{% macro x() %}{% endmacro %}", "macro"),
        ("{{ [1, 2] }}", "list"),
        ("{{ {1: 2} }}", "dict"),
        ("{{ link is defined }}", "test"),
        ("{{ self }}", "self"),
        ("{{ learner_name }} hello", "learner_name may be missing"),
        ("{{ offer_code }}", "offer_code may be missing"),
        ("", "empty"),
        ("   ", "empty"),
        ("{% if advisor_name %}{{ advisor_name }}{% endif %}", "says nothing"),
        ("{{ " + "(" * 3000 + "link" + ")" * 3000 + " }}", "nested"),
        ("{{ " + "not " * 2400 + "link }}", ""),
        ("x" * 10_001, "longer"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_at_saving(source: str, said: str) -> None:
    assert said in refusal(made(source)).lower() or said in refusal(made(source))
    assert refusal(made(source)).startswith("template mine (en)")


def test_a_short_form_that_is_too_long_is_refused() -> None:
    assert "short" in refusal(made(short="word " * 40 + "{{ link }}"))
    check_template(made(short="word " * 25 + "{{ link }}"))


def test_what_the_sender_does_not_give_is_refused() -> None:
    mine = made(
        "{{ course_title }}{% if offer_code %} {{ offer_code }}{% endif %} {{ advisor_name|default('us', true) }}"
    )
    check_template(mine, offered=frozenset({"course_title"}))
    assert "course_title is not given" in refusal(mine, offered=frozenset({"link"}))
    assert variables_needed(mine) == {"course_title"}


def test_a_template_without_its_twin_is_refused() -> None:
    with pytest.raises(BadInput, match="no twin in zh-CN"):
        check_templates([made()])
    with pytest.raises(BadInput, match="no known language"):
        check_template(Template("mine", "fr", "a", "b", "c"))


def test_an_unchecked_template_is_not_rendered() -> None:
    with pytest.raises(BadInput, match="getattr"):
        render(made("{{ link.__class__ }}"), few("en"))
    with pytest.raises(BadInput, match="there is no course_title"):
        render(made("{{ course_title }}"), {"link": "https://a.example/"})
    with pytest.raises(BadInput, match="link is not an http"):
        render(made("{{ link }}"), {"link": "javascript:alert(1)"})


HOSTILE = (
    "<img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "{% raw %}", "a\r\nBcc: b@c.example\n\n<p>x", "'\"><script>",
    "https://evil.example/pay", "Go: https://evil.example", "\u202egnp.exe", "x" * 5000, "\x00\x1b[2J", "\ud83d",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    for template in default_templates().values():
        rendered = render(template, few(template.language, learner_name=name, guardian_name=name))
        page = Page(rendered.html)
        assert set(page.tags) <= {"html", "head", "meta", "title", "style", "body", "div", "p", "a", "br"}
        assert set(page.links) == {SAMPLES["en"]["link"]}
        assert "49" not in rendered.text and "\n" not in rendered.subject + rendered.short
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", rendered.text + rendered.subject)
        assert "\nBcc" not in rendered.text and len(rendered.text) < 3000


@settings(max_examples=150)
@given(values=EVERY, key=st.sampled_from(sorted(default_templates())))
def test_whatever_the_values_rendering_is_bounded_and_closed(values: dict[str, str], key: tuple[str, str]) -> None:
    template = default_templates()[key]
    links = {name: f"https://a.example/{name}" for name, variable in VARIABLES.items() if variable.link}
    said = {name: value for name, value in values.items() if re.search(r"[a-z]", value)}
    rendered = render(template, {"course_title": "c", "platform_name": "p"} | said | links)
    page = Page(rendered.html)
    assert set(page.links) <= set(links.values())
    assert len(rendered.subject) <= 150 and len(rendered.text) <= 20_000
    assert len(rendered.short) <= 140 + 1 + 40 and "\n" not in rendered.short
    assert rendered.text.endswith(links["unsubscribe_link"]), "the way out is always there"


def test_the_html_says_what_the_text_says() -> None:
    template = default_templates()["coupon_offer", "en"]
    rendered = render(template, SAMPLES["en"])
    page = Page(rendered.html)
    assert page.tags.count("a") == 2 and "SPRING20" in page.words
    assert 'class="button" href="https://school.example/go/4f2a">See what it is good for</a>' in rendered.html
    assert SAMPLES["en"]["unsubscribe_link"] in page.links
    assert "unsubscribe" not in render(template, few("en")).html


def test_a_short_form_keeps_its_link_whole() -> None:
    rendered = render(made(short="{{ course_title }}: {{ link }}"), few("en", course_title="long " * 100))
    assert rendered.short.endswith("… " + SAMPLES["en"]["link"])


def test_every_variable_is_explained_in_both_languages() -> None:
    for language in LANGUAGES:
        assert not [name for name in VARIABLES if not translator(language).has(f"variable.{name}")]
        assert all(SAMPLES[language].values())
