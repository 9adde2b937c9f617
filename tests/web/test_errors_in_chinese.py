"""Pages tell errors in the reader's language, whatever stands in them."""

from __future__ import annotations

from urllib.parse import quote

from asking import ask
from plain_care import plain_care

CHINESE = {"accept-language": "zh-CN", "accept": "text/html"}
MARK = "<img src=x onerror=alert(1)>{name}"


def test_an_unknown_learner_is_told_of_in_chinese() -> None:
    answer = ask("/learners/nobody-here", headers=CHINESE)
    assert answer.status_code == 404
    assert "没有学员" in answer.text and "请检查编号" in answer.text
    assert "there is no" not in answer.text and "learner：" not in answer.text


def test_a_value_within_an_error_stays_escaped() -> None:
    page = ask(f"/alerts?state={quote(MARK, safe='')}", headers=CHINESE, care=plain_care()).text
    assert "<img src=x" not in page
    assert "没有状态" in page and "可选：" in page
    assert "&lt;img src=x onerror=alert(1)&gt;{name}" in page


def test_a_wrong_query_is_told_of_in_chinese() -> None:
    answer = ask("/?page=x", headers=CHINESE)
    assert answer.status_code == 422
    assert "应为整数" in answer.text


def test_the_same_error_is_english_for_an_english_reader() -> None:
    page = ask("/learners/nobody-here", headers={"accept-language": "en", "accept": "text/html"}).text
    assert "there is no learner" in page and "check the id" in page


def test_a_problem_document_of_the_console_is_in_the_readers_language() -> None:
    told = ask("/learners/nobody-here", headers={"accept-language": "zh-CN", "accept": "application/json"}).json()
    assert told["detail"].startswith("learner：没有学员") and told["mend"] == "请检查编号"
