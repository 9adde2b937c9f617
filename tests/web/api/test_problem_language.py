"""Problems are told in English, and in Chinese to who asks for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from api_site import ApiSite, viewed

from staycourse.kernel import NotFound, StorageFault, TooMany, worded
from staycourse.web.api.problems import headers_of, problem_of, refusal

LOST = NotFound(worded("there is no learner {learner!r}", learner="<b>ann"), where="learner", mend="check the id")


def test_a_problem_is_english_unless_chinese_is_asked_for() -> None:
    for asked in ("", "fr", "en, zh;q=0.5"):
        answer = refusal(LOST, {"accept-language": asked})
        assert answer.headers["content-language"] == "en"
        assert b"there is no learner '<b>ann'; check the id" in bytes(answer.body)


@pytest.mark.parametrize("asked", ["zh-CN", "zh;q=0.9, en;q=0.2"])
def test_a_problem_is_chinese_for_who_asks_for_it(asked: str) -> None:
    answer = refusal(LOST, {"accept-language": asked})
    assert answer.headers["content-language"] == "zh-CN"
    assert answer.headers["vary"] == "accept-language"
    assert "没有学员 '<b>ann'；请检查编号" in bytes(answer.body).decode()


def test_what_programs_read_is_the_same_in_every_language() -> None:
    english, chinese = problem_of(LOST), problem_of(LOST, language="zh-CN")
    assert (chinese.title, chinese.code, chinese.pointer) == (english.title, english.code, english.pointer)
    assert chinese.detail != english.detail


def test_a_fault_of_ours_is_hidden_in_chinese_too() -> None:
    told = problem_of(StorageFault("the log is closed", where="/secret"), language="zh-CN")
    assert told.message == "服务器暂时无法完成；请重试；详情见服务器日志"
    assert told.pointer == ""


def test_when_to_try_again_is_said_beside_the_language() -> None:
    headers = headers_of(TooMany("asked too often", retry_after=2.5), "zh-CN")
    assert headers["retry-after"] == "3" and headers["content-language"] == "zh-CN"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/events", [viewed(0), viewed(1, verb="juggled")]),
        ("/v1/events", [viewed(1, course="")]),
        ("/v1/events", [17]),
        ("/v1/events", [viewed(1, value="many")]),
        ("/v1/batch", {"batch": [17]}),
    ],
)
def test_what_was_refused_of_a_batch_is_told_in_the_language_that_is_asked_for(
    site: ApiSite, path: str, body: Any
) -> None:
    plain = site.ask(path, json=body)
    asked = site.ask(path, json=body, headers={"accept-language": "zh-CN"})
    told = asked.json()["rejected"][0]
    assert asked.headers["content-language"] == "zh-CN" and asked.headers["vary"] == "accept-language"
    assert plain.headers["content-language"] == "en" and plain.json()["rejected"][0]["what"].isascii()
    for name in ("what", "mend"):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told[name]), told
    assert told["pointer"] == plain.json()["rejected"][0]["pointer"]


@pytest.mark.parametrize("body", [[viewed(1, verb="juggled")], [viewed(1, verb="juggled"), 17]])
def test_a_problem_of_a_whole_batch_is_told_in_the_language_that_is_asked_for(site: ApiSite, body: Any) -> None:
    english = site.ask("/v1/events", json=body).json()
    chinese = site.ask("/v1/events", json=body, headers={"accept-language": "zh-CN"}).json()
    assert english["message"] == "no event could be kept; see rejected"
    assert (chinese["detail"], chinese["message"]) == ("没有一个事件可以保留", "没有一个事件可以保留；见 rejected")
    assert (chinese["title"], chinese["code"]) == (english["title"], english["code"])


def test_why_a_caliper_event_is_not_used_is_told_in_the_language_that_is_asked_for(site: ApiSite) -> None:
    asked = {"accept-language": "zh-CN"}
    answer = site.ask("/v1/caliper", json=envelope(muted(3), muted(4, type="AssignableEvent", action="Completed")),
                      headers=asked)  # fmt: skip
    assert [one["why"] for one in answer.json()["unused"]] == ["我们没有表达此事的动词", "它没有指明课程"]
    assert answer.headers["content-language"] == "zh-CN"
    told = site.ask("/v1/caliper", json=envelope(muted(5, action=5)), headers=asked).json()
    assert told["detail"] == "没有一个事件符合 Caliper 的格式"


def muted(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:uuid:{UUID(int=number)}", "type": "MediaEvent", "action": "Muted",
            "actor": {"id": "https://example.edu/users/1", "type": "Person"}, "eventTime": "2026-03-01T10:15:00.000Z",
            "object": {"id": "https://example.edu/v1", "type": "VideoObject"}, **more}  # fmt: skip


def envelope(*data: Any) -> dict[str, Any]:
    return {"sensor": "https://example.edu/s", "sendTime": "2026-03-01T11:05:01.000Z",
            "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2", "data": list(data)}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "what", "mend"),
    [
        ("/v1/journeys?since=yesterday", "不是 RFC 3339 时间", "请写成 2026-03-02T09:30:00Z 的形式"),
        ("/v1/risks?as_of=x", "不是日期", "请写成 2026-03-02 的形式"),
        ("/v1/exports/risks.parquet?first=2026-02-30", "不是日期", "请写成 2026-03-02 的形式"),
    ],
)
def test_a_day_that_is_none_is_told_without_a_word_of_another_language(
    site: ApiSite, path: str, what: str, mend: str
) -> None:
    told = site.ask(path, method="GET", headers={"accept-language": "zh-CN"}).json()
    assert (told["detail"], told["mend"]) == (what, mend)
