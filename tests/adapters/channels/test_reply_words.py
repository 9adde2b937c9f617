"""The words of a reply: what somebody wrote, without what they quote, whatever the mail looks like."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.channels.email import message_id, read_report
from staycourse.adapters.channels.email.words import LONGEST, without_quotes

OURS = message_id("main:1:2:0", "care@school.example")


def reply(text: str, html: str = "", **more: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["In-Reply-To"] = "ada@x.org", "Re: hello", OURS
    mail.set_content(text) if text else mail.set_content(html, subtype="html")
    if text and html:
        mail.add_alternative(html, subtype="html")
    return mail


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("I want my money back, please call me.", "I want my money back, please call me."),
        ("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, School <care@school.example> wrote:\n> How is it going?\n", "Yes."),
        ("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, School\n<care@school.example> wrote:\n> How?\n", "Yes."),
        ("> How is it going?\nToo fast.\n> Anything else?\nNo.", "Too fast.\nNo."),
        ("请给我打电话。\n\n在 2026年3月2日，学堂 <care@school.example> 写道：\n> 最近怎么样？", "请给我打电话。"),
        ("退款\n\n------------------ 原始邮件 ------------------\n发件人: 学堂", "退款"),
        ("Call me\n-- \nAda\n+44 1", "Call me"),
        ("Call me\n\n-----Original Message-----\nFrom: School", "Call me"),
        ("From: me to you: help", ""),
        ("> only what you wrote", ""),
    ],
)
def test_what_is_quoted_and_the_signature_are_left_out(text: str, own: str) -> None:
    assert without_quotes(text) == own


def test_a_reply_carries_its_words_as_plain_text_before_html() -> None:
    report = read_report(reply("Call me, 谢谢", "<p>Call <b>me</b></p>").as_bytes())
    assert (report.kind, report.key, report.text) == ("reply", "main:1:2:0", "Call me, 谢谢")


def test_html_alone_is_read_without_its_quotes_and_scripts() -> None:
    html = "<style>p{}</style><p>Please&nbsp;call <b>me</b>.</p><div>Today</div><blockquote>How are you?</blockquote>"
    assert read_report(reply("", html).as_bytes()).text.split() == ["Please", "call", "me.", "Today"]


def test_an_attachment_and_a_charset_that_nobody_knows_do_no_harm() -> None:
    mail = reply("Call me")
    mail.add_attachment("not these words", filename="a.txt")
    assert read_report(mail.as_bytes()).text == "Call me"
    raw = mail.as_bytes().replace(b'charset="utf-8"', b'charset="klingon"')
    assert "Call me" in read_report(raw).text


@given(st.text(max_size=5_000))
def test_any_text_is_bounded_and_raises_nothing(text: str) -> None:
    own = without_quotes(text)
    assert len(own) <= LONGEST and own == own.strip()
    assert len(without_quotes("word " * 2_000)) <= LONGEST
