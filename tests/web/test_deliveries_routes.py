"""The deliveries: every message with why it stands where it does, its words, the channels and their test."""

from __future__ import annotations

import json
import re

import pytest
from asking import ask
from plain import HOSTILE
from plain_care import ZONE, PlainDeliveries

from staycourse.desk import CareDesk, DeliveryFilter
from staycourse.kernel import worded


def care(deliveries: PlainDeliveries | None = None) -> CareDesk:
    return CareDesk(zone=ZONE, deliveries=deliveries or PlainDeliveries())


def test_every_message_says_where_it_stands_and_why() -> None:
    page = ask("/deliveries", care=care()).text
    for said in (
        "40 messages", "quiet hours where the learner is; until 22 Mar 2014, 14:30", "no consent for this channel",
        "2 attempts failed; it is tried again", "the provider refused it for good", "the learner came back",
        "made by the operator", "Data without words (webhook)", "550 no such user",
    ):  # fmt: skip
        assert said in page, said


def test_a_clock_that_is_wrong_is_told_where_messages_wait() -> None:
    told = worded("by this clock it is {here}, not {today}", here="2026-11-22", today="2026-11-21")
    page = ask("/deliveries", care=care(PlainDeliveries(trouble=told))).text
    assert "The clock of a machine is wrong." in page and "by this clock it is 2026-11-22" in page
    chinese = ask("/deliveries", care=care(PlainDeliveries(trouble=told)), headers={"accept-language": "zh-CN"}).text
    assert "按本机时钟今天是 2026-11-22" in chinese
    assert "The clock of a machine" not in ask("/deliveries", care=care()).text


def test_what_was_held_is_a_chart_with_a_table_that_says_the_same() -> None:
    page = ask("/deliveries", care=care()).text
    option = json.loads(re.search(r'id="held-option">(.*?)</script>', page).group(1))  # type: ignore[union-attr]
    assert [one["name"] for one in option["series"]][:2] == ["Daily cap", "Quiet hours"]
    assert option["series"][0]["data"][-4:] == [31, 0, 3, 0]
    table = page[page.index('<details class="twin">') : page.index("</details>")]
    for said in ("21 Mar 2014", "19 Mar 2014", ">31<", ">34<", "Together"):
        assert said in table
    assert "47 messages, most often because: the most messages for one day were sent" in page


def test_the_filters_are_asked_of_the_desk_and_kept() -> None:
    deliveries = PlainDeliveries()
    address = "/deliveries?state=sent&channel=mail&playbook=friendly_question&reason=stale&learner=%20S1%20&page=2"
    assert ask(address, care=care(deliveries)).status_code == 200
    assert deliveries.asked == [DeliveryFilter("sent", "mail", "friendly_question", "stale", "S1", 2)]
    page = ask("/deliveries?channel=mail&page=2", care=care(deliveries)).text
    assert 'href="/deliveries?channel=mail"' in page
    assert "A friendly question" in page
    assert "no longer there" in page


@pytest.mark.parametrize(
    ("state", "path", "said"),
    [
        ("nothing", "/deliveries", "staycourse tick"),
        ("nothing", "/channels", "channels.toml"),
        ("full", "/deliveries?learner=zzz", "No message matches"),
        ("full", "/deliveries?page=99", "Nothing on this page"),
    ],
)
def test_an_empty_state_says_what_to_do(state: str, path: str, said: str) -> None:
    assert said in ask(path, care=care(PlainDeliveries(state))).text


def test_one_message_is_shown_in_the_learners_language() -> None:
    page = ask("/deliveries/1:ask:1", care=care()).text
    assert '<div class="letter" lang="zh-CN">' in page
    assert "mail, inbox" in page
    assert "there is no link" in ask("/deliveries/4:ask:1", care=care()).text
    assert "Data without words" in ask("/deliveries/5:hook:1", care=care()).text


def test_channels_say_how_they_are_and_what_went_wrong() -> None:
    page = ask("/channels", care=care()).text
    for said in (
        "mail.example:587 answers",
        "1,204",
        "Newest error:",
        "421",
        "E-mail",
        "made by the operator",
        "timed out",
    ):
        assert said in page, said


def test_a_test_message_is_sent_in_the_name_of_who_acts_and_said() -> None:
    deliveries = PlainDeliveries()
    form = {"channel": "mail", "address": " me@example.test "}
    answer = ask("/channels", method="POST", data=form, care=care(deliveries))
    assert (answer.status_code, answer.headers["location"]) == (303, "/channels")
    assert "staycourse_notice=test.sent" in answer.headers["set-cookie"]
    assert deliveries.done == [("mail", "me@example.test", "en", "operator")]


def test_a_test_that_is_not_taken_says_why_beside_the_form_and_keeps_what_was_written() -> None:
    answer = ask("/channels", method="POST", data={"channel": "hook", "address": "me@x"}, care=care())
    assert answer.status_code == 502
    assert 'role="alert"' in answer.text
    assert "It was not taken:" in answer.text
    assert 'value="me@x" aria-invalid="true"' in answer.text


def test_what_is_not_possible_is_refused() -> None:
    assert ask("/channels", method="POST", data={"channel": "mail"}, care=care()).status_code == 422
    long = {"channel": "mail", "address": "x" * 3_000}
    assert ask("/channels", method="POST", data=long, care=care()).status_code == 422
    assert ask("/channels", method="POST", data={"channel": "no", "address": "x"}, care=care()).status_code == 404
    assert ask("/deliveries?state=asleep", care=care()).status_code == 422
    assert ask("/deliveries/none:such", care=care()).status_code == 404
    assert ask("/deliveries").status_code == 404


@pytest.mark.parametrize("path", ["/deliveries", "/deliveries/1:ask:1", "/deliveries/4:ask:1", "/channels"])
def test_hostile_text_is_escaped(path: str) -> None:
    page = ask(path, care=care()).text
    assert "<script>alert" not in page
    assert "alert(1)</script>" not in page
    assert HOSTILE not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
