"""The templates: both languages side by side, previews, and errors at the field where they are."""

from __future__ import annotations

import re

import pytest
from asking import ask
from plain import HOSTILE
from plain_care import ZONE, PlainTemplates

from staycourse.care.messages import Template
from staycourse.desk import CareDesk
from staycourse.web.console.templates import PARTS

FORM = {f"{part}_{language}": f"{part} {language}" for part in PARTS for language in ("en", "zh-CN")}


def care(templates: PlainTemplates | None = None) -> CareDesk:
    return CareDesk(zone=ZONE, templates=templates or PlainTemplates())


def test_the_list_names_each_template_its_subject_and_who_sends_it() -> None:
    page = ask("/templates", care=care()).text
    for said in (
        "Friendly question",
        "How is it?",
        "A friendly question",
        "Your own",
        "No playbook sends",
        "will fail",
    ):
        assert said in page, said
    assert "还好吗？" in ask("/templates", headers={"cookie": "staycourse_language=zh-CN"}, care=care()).text


def test_a_new_template_is_begun_by_its_id() -> None:
    answer = ask("/templates?id=%20summer_camp%20", care=care())
    assert (answer.status_code, answer.headers["location"]) == (303, "/templates/summer_camp")
    assert "Not written yet" in ask("/templates/summer_camp", care=care()).text
    assert ask("/templates?id=Summer%20Camp!", care=care()).status_code == 422


def test_one_template_shows_both_languages_its_variables_and_versions() -> None:
    page = ask("/templates/spring_camp", care=care()).text
    for said in (
        'name="text_en"',
        'name="text_zh-CN"',
        "{{ learner_name }}",
        "English, version 3",
        "22 Mar 2014, 09:30",
    ):
        assert said in page, said
    assert "None was saved" in ask("/templates/friendly_question", care=care()).text


def test_a_preview_keeps_nothing() -> None:
    templates = PlainTemplates()
    form = FORM | {"action": "preview", "learner": " S1 "}
    answer = ask("/templates/friendly_question", method="POST", data=form, care=care(templates))
    assert answer.status_code == 200
    assert "subject zh-CN for S1" in answer.text
    assert templates.done == []


def test_what_was_changed_is_saved_in_the_name_of_who_acts_and_the_rest_is_not() -> None:
    templates = PlainTemplates()
    same = {"subject_en": "How is it?", "text_en": "Hello\r\n\r\n{{ link }}", "short_en": HOSTILE}
    form = FORM | same | {"action": "save"}
    answer = ask("/templates/friendly_question", method="POST", data=form, care=care(templates))
    assert (answer.status_code, answer.headers["location"]) == (303, "/templates/friendly_question")
    written = Template("friendly_question", "zh-CN", "subject zh-CN", "text zh-CN", "short zh-CN")
    assert templates.done == [(written, "operator")]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved() -> None:
    templates = PlainTemplates()
    form = FORM | {"text_zh-CN": "一\n{{ nope }}", "action": "save"}
    answer = ask("/templates/friendly_question", method="POST", data=form, care=care(templates))
    assert answer.status_code == 422
    assert templates.done == []
    field = answer.text[answer.text.index('id="text-zh-CN"') :]
    assert 'aria-invalid="true" aria-describedby="text-zh-CN-fault"' in field[:300]
    assert "Line 2: there is no variable" in field
    assert "{{ nope }}" in field
    assert answer.text.count('role="alert"') == 1


@pytest.mark.parametrize("path", ["/templates", "/templates/spring_camp"])
def test_hostile_text_is_escaped(path: str) -> None:
    page = ask(path, care=care()).text
    assert "<script>alert" not in page
    assert HOSTILE not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
