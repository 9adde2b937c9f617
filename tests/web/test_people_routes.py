"""Care on the learner's page: what was done, what the learner said, who looked."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from asking import ask
from plain import HOSTILE
from plain_care import ZONE, PlainAlerts, PlainPeople

from staycourse.desk import CareDesk


def care(people: PlainPeople | None = None) -> CareDesk:
    return CareDesk(zone=ZONE, alerts=PlainAlerts(), people=people or PlainPeople())


def test_the_learners_page_shows_what_was_done_and_leads_to_the_alerts_that_stand() -> None:
    page = ask("/learners/S10001", care=care()).text
    for said in (
        "Answer this alert", "Stands at: waiting, due in 30 hours", "Drawn into the hold-out", "Sent",
        "Told the reason; No time", "Nobody there.", "+86 138 0000 0000", "Not used since", "550 no such user",
        "Not to be reached over every channel for care and marketing", "Looked at this page", "made by the operator",
    ):  # fmt: skip
        assert said in page, said
    assert f'href="/alerts/{0:032x}"' in page
    assert "push.example" not in page
    assert "Consent ledger" not in ask("/learners/S10001").text


def test_nothing_done_is_said_too() -> None:
    page = ask("/learners/S10001", care=care(PlainPeople("nothing"))).text
    for said in ("Nothing was sent, nobody has called", "No usable address", "Nothing was said yet"):
        assert said in page


def test_opening_the_page_is_written_down_in_the_name_of_who_looks() -> None:
    people = PlainPeople()
    ask("/learners/S10001", headers={"cookie": "staycourse_actor=Li"}, care=care(people))
    assert people.done == [("seen", "S10001", "Li")]
    ask("/learners/nobody", care=care(people))
    assert len(people.done) == 1


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ({"channel": "*", "purpose": "*", "granted": "no"}, ("*", "*", False, "operator")),
        ({"channel": "mail", "purpose": "marketing", "granted": "yes"}, ("mail", "marketing", True, "operator")),
    ],
)
@pytest.mark.parametrize("learner", ["S10001", HOSTILE, "a/b"])
def test_what_a_learner_said_is_written_into_the_ledger(
    learner: str, form: dict[str, str], written: tuple[object, ...]
) -> None:
    people = PlainPeople()
    answer = ask("/consents", method="POST", data=form | {"learner": learner}, care=care(people))
    assert people.done == [(learner, *written)]
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/learners/")
    assert "staycourse_notice=consent;" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"learner": "S1", "channel": "*", "purpose": "*", "granted": "perhaps"},
        {"learner": "", "channel": "*", "purpose": "*", "granted": "no"},
        {"learner": "x" * 201, "channel": "*", "purpose": "*", "granted": "no"},
        {"learner": "S1", "channel": "pigeon", "purpose": "*", "granted": "no"},
    ],
)
def test_a_form_that_says_nothing_changes_nothing(form: dict[str, str]) -> None:
    people = PlainPeople()
    assert ask("/consents", method="POST", data=form, care=care(people)).status_code == 422
    assert people.done == []


def test_a_foreign_page_unsubscribes_nobody() -> None:
    people = PlainPeople()
    form = {"learner": "S1", "channel": "*", "purpose": "*", "granted": "no"}
    answer = ask("/consents", method="POST", data=form, headers={"origin": "http://evil.test"}, care=care(people))
    assert answer.status_code == 403
    assert people.done == []


def test_hostile_text_is_escaped() -> None:
    page = ask(f"/learners/{quote(HOSTILE, safe='')}", care=care()).text
    assert "<script>alert" not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
