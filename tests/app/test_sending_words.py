"""What a message says by whom it reaches, and by the event that began its journey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from public_pages import LEARNER, NOW, public_home

from staycourse.adapters.store.care import Claimed
from staycourse.app.care import Hearing
from staycourse.app.care.links import Links
from staycourse.care import Draw, Outgoing
from staycourse.care.heeding import heed
from staycourse.care.segments import entries_of_events
from staycourse.events import Event, Learner
from staycourse.kernel import BadInput
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    made = public_home(tmp_path / "home")
    yield made
    made.care.home.close()


def written(hearing: Hearing, learner: str, template: str, *, journey: int | None = None, text: str = "") -> Outgoing:
    care = hearing.care
    links = "[care.links]\nhome = 'https://school.example'\n"
    policy = load_policy(links + text, signals=SIGNALS_BY_NAME)
    [address] = care.people.person("main", learner, NOW).addresses
    message = Claimed("1:2:0", learner, "c", journey, "receipt" if text else "camp", "service", template,
                      {"link": "https://school.example"}, "email", address.address, 0)  # fmt: skip
    return care.sender().outgoing("main", policy, message)


@pytest.mark.parametrize(("language", "name", "begins"), [
    ("en", "Bo", "Dear parent or guardian, this message is for Bo and comes to you"),
    ("en", None, "Dear parent or guardian, this message is for your child"),
    ("zh-CN", "小波", "尊敬的家长，您好！这条消息是写给小波同学的"),
])  # fmt: skip
def test_a_guardian_is_greeted_as_such_and_told_for_whom_it_is(
    hearing: Hearing, language: str, name: str | None, begins: str
) -> None:
    child = Learner(learner="kid", name=name, guardian="mum@x.org", birth_year=2015, language=language)
    hearing.care.home.store.put_learners("main", [child])
    hearing.care.people.take_learners("main", [child], NOW)
    out = written(hearing, "kid", "camp_invitation")
    assert out.address == "mum@x.org" and out.text.startswith(begins) and begins in (out.html or "")
    assert written(hearing, LEARNER, "camp_invitation").text.startswith("Hello Ada,")


@pytest.mark.parametrize(("language", "name", "begins"), [
    ("en", "Bo", "For Bo, sent to you as guardian: "),
    ("en", None, "For your child, sent to you as guardian: "),
    ("en", "Bo" * 40, "For your child, sent to you as guardian: "),
    ("zh-CN", "小波", "写给小波同学，因您是监护人而发送："),
    ("zh-CN", None, "写给您孩子，因您是监护人而发送："),
])  # fmt: skip
@pytest.mark.parametrize("template", ["camp_invitation", "slower_path"])
def test_a_short_message_to_a_guardian_says_why_it_comes_and_stays_short(
    hearing: Hearing, template: str, language: str, name: str | None, begins: str
) -> None:
    child = Learner(learner="kid", name=name, guardian="mum@x.org", birth_year=2015, language=language)
    hearing.care.home.store.put_learners("main", [child])
    hearing.care.people.take_learners("main", [child], NOW)
    out = written(hearing, "kid", template)
    words = out.data["short"].removesuffix(out.data["link"]).rstrip()
    assert words.startswith(begins) and len(words) <= 140 and not words.endswith("…")
    assert out.data["short"].endswith(out.data["link"])
    assert "guardian" not in written(hearing, LEARNER, template).data["short"]


def test_a_question_that_nobody_could_answer_is_not_asked_and_says_why(hearing: Hearing) -> None:
    care = hearing.care
    policy = load_policy("[care.links]\nhome = 'https://school.example'\n", signals=SIGNALS_BY_NAME)
    message = Claimed("1:2:0", LEARNER, "c", None, "friendly_question", "care", "friendly_question",
                      {"question": "how_is_it_going"}, "inbox", "", 0)  # fmt: skip
    assert "/l/" in care.sender().outgoing("main", policy, message).data["link"]
    alone = replace(care.sender(), links=Links("", "secret"))
    with pytest.raises(BadInput, match="STAYCOURSE_PUBLIC_URL: a question is answered on the learners' pages"):
        alone.outgoing("main", policy, message)


def test_each_receipt_tells_of_its_own_payment(hearing: Hearing) -> None:
    care, text = hearing.care, "[playbooks.receipt]\nenabled = true\n"
    policy = load_policy(text, signals=SIGNALS_BY_NAME, version=2)
    care.install("main", policy)
    paid = [
        Event(
            event_id=f"e{n}", learner=LEARNER, verb="paid", time=NOW + timedelta(days=n), value=n * 100, object="plan",
            attributes={"currency": "CNY", "order": f"R-{n}"},
        )
        for n in (3, 5)
    ]  # fmt: skip
    care.facts.happened("main", heed(paid, [], policy).facts)
    entries = [(one, Draw(LEARNER, "receipt", "regular", "exempt", 0.0))
               for one in entries_of_events(paid, policy, {}, zone=care.home.zone)]  # fmt: skip
    care.journeys.enter("main", entries, policy, NOW)
    journeys = sorted(one.journey for one in care.journeys.active("main", [LEARNER]) if one.playbook == "receipt")
    told = [written(hearing, LEARNER, "receipt", journey=one, text=text).text for one in journeys]
    assert ["¥3.00" in one and "R-3" in one and "March 5, 2026" in one for one in told] == [True, False]
    assert ["¥5.00" in one and "R-5" in one and "March 7, 2026" in one for one in told] == [False, True]
