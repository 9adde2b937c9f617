"""What comes back by mail: bounces, complaints, replies; and that nothing unreadable stops the reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from channel_worlds import CLOCK, MAIL_SETTINGS, outgoing
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.channels import MailReport, read_mailbox, read_report
from staycourse.adapters.channels.email import compose, message_id
from staycourse.kernel import BadInput

KEY = "main:run-7:step-2:1"
ID = message_id(KEY, "care@school.example")


def original() -> bytes:
    return bytes(compose(outgoing("ann@learner.example", key=KEY, html="<p>x</p>"), MAIL_SETTINGS, CLOCK.now()))


def report(kind: str, machine: str, returned: bytes, returned_type: str = "message/rfc822") -> bytes:
    """Write a multipart/report (RFC 6522)."""
    head = (
        f"From: postmaster@mx.example\r\nTo: bounces@school.example\r\nSubject: About your mail\r\n"
        f"Message-ID: <report@mx.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=b="\r\n\r\n'
        f"--=b=\r\nContent-Type: text/plain\r\n\r\nThis is about a mail <someone@else.example>.\r\n"
        f"--=b=\r\nContent-Type: message/{kind}\r\n\r\n{machine}\r\n"
        f"--=b=\r\nContent-Type: {returned_type}\r\n\r\n"
    )
    return head.encode() + returned + b"\r\n--=b=--\r\n"


def bounce(action: str, status: str, returned: bytes | None = None, returned_type: str = "message/rfc822") -> bytes:
    machine = (
        f"Reporting-MTA: dns; mx.example\r\nArrival-Date: Mon, 2 Mar 2026 09:30:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; ann@learner.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such\r\n user here\r\n"
    )
    return report("delivery-status", machine, original() if returned is None else returned, returned_type)


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "bounce_permanent"),
        ("failed", "5.1.10", "bounce_permanent"),
        ("failed", "5.2.1", "bounce_permanent"),
        ("failed", "5.0.0", "bounce_permanent"),
        ("failed", "5.2.2", "bounce_temporary"),
        ("failed", "5.7.1", "bounce_temporary"),
        ("failed", "5.4.7", "bounce_temporary"),
        ("failed", "4.4.7", "bounce_temporary"),
        ("Delayed", "4.2.0", "bounce_temporary"),
        ("delivered", "2.0.0", "unknown"),
    ],
)
def test_a_bounce_names_its_message_and_address(action: str, status: str, kind: str) -> None:
    found = read_report(bounce(action, status))
    assert (found.kind, found.message_id, found.key) == (kind, ID, KEY)
    if kind != "unknown":
        assert found.address == "ann@learner.example"
        assert status in found.detail and "no such user here" in found.detail and "\n" not in found.detail


def test_headers_alone_are_enough() -> None:
    head = original().partition(b"\r\n\r\n")[0] + b"\r\n"
    found = read_report(bounce("failed", "5.1.1", head, "text/rfc822-headers"))
    assert (found.kind, found.message_id, found.key) == ("bounce_permanent", ID, KEY)


def test_a_relay_that_renames_the_message_leaves_its_key() -> None:
    renamed = original().replace(ID.encode(), b"<0100-relay@relay.example>")
    found = read_report(bounce("failed", "5.1.1", renamed))
    assert (found.message_id, found.key) == ("<0100-relay@relay.example>", KEY)


def test_a_returned_message_that_is_only_quoted_is_found_too() -> None:
    found = read_report(bounce("failed", "5.1.1", original(), "text/plain"))
    assert (found.message_id, found.key) == (ID, KEY)


@pytest.mark.parametrize(
    ("feedback", "kind"), [("abuse", "complaint"), ("fraud", "complaint"), ("not-spam", "unknown")]
)
def test_a_complaint_names_its_message(feedback: str, kind: str) -> None:
    machine = (
        f"Feedback-Type: {feedback}\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
        f"Original-Mail-From: <care@school.example>\r\nOriginal-Rcpt-To: <ann@learner.example>\r\n"
    )
    found = read_report(report("feedback-report", machine, original()))
    assert (found.kind, found.message_id, found.key) == (kind, ID, KEY)
    assert found.address == "ann@learner.example" and feedback in found.detail


@pytest.mark.parametrize("header", [f"In-Reply-To: {ID}", f"References: <other@a.example>\r\n {ID}"])
def test_a_reply_names_its_message(header: str) -> None:
    raw = f"From: Ann <ann@learner.example>\r\nSubject: Re: A lesson\r\n{header}\r\n\r\nThanks!\r\n".encode()
    assert read_report(raw) == MailReport("reply", ID, "ann@learner.example", "Re: A lesson", KEY, "Thanks!")


def test_an_answering_machine_has_not_replied() -> None:
    raw = f"From: ann@learner.example\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {ID}\r\n\r\nAway\r\n".encode()
    assert read_report(raw).kind == "unknown"


def test_mail_that_answers_nothing_is_unknown() -> None:
    assert read_report(b"From: a@b.example\r\nSubject: Offer\r\n\r\nbuy").kind == "unknown"


@given(raw=st.binary(max_size=2000), at=st.integers(0, 3000), length=st.integers(0, 300))
def test_no_bytes_stop_the_reading(raw: bytes, at: int, length: int) -> None:
    assert read_report(raw).kind in ("unknown", "reply")
    broken = bounce("failed", "5.1.1")
    broken = broken[:at] + raw[:200] + broken[at + length :]
    assert "\n" not in read_report(broken).detail


def test_deeply_nested_mail_is_only_unknown() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert read_report(nested).kind == "unknown"
    assert read_report(b"x" * 5_000_001).kind == "unknown"


def test_a_folder_is_read_once_and_its_files_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(bounce("failed", "5.1.1"))
    (tmp_path / "2.eml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "note.txt").write_text("not mail")
    kept: list[MailReport] = []
    assert [one.kind for one in read_mailbox(tmp_path, None)] == ["bounce_permanent", "unknown"], "only a look"
    assert [one.kind for one in read_mailbox(tmp_path, kept.append)] == [one.kind for one in kept]
    assert list(read_mailbox(tmp_path, kept.append)) == [] and len(kept) == 2
    assert sorted(file.name for file in (tmp_path / "processed").iterdir()) == ["1.eml", "2.eml"]
    assert (tmp_path / "note.txt").exists()


def test_a_maildir_is_read_as_one(tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / "1772443800.M1.host").write_bytes(bounce("failed", "5.1.1"))
    kept: list[MailReport] = []
    assert len(list(read_mailbox(tmp_path, kept.append))) == 1
    assert [file.name for file in (tmp_path / "cur").iterdir()] == ["1772443800.M1.host:2,S"]
    assert list(read_mailbox(tmp_path, kept.append)) == []


def test_what_could_not_be_kept_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(bounce("failed", "5.1.1"))

    def broken(found: MailReport) -> None:
        raise BadInput("the store is away")

    with pytest.raises(BadInput):
        list(read_mailbox(tmp_path, broken))
    assert len(list(read_mailbox(tmp_path, lambda found: None))) == 1


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        list(read_mailbox(tmp_path / "x", None))
