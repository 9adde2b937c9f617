"""What a message tells of the event that began its journey."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import entry_fact, entry_values, heed
from staycourse.care.entering import LONGEST, told_of
from staycourse.events import Event
from staycourse.kernel import natural_id
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

LATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def policy(text: str) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME)


def paid(**attributes: str) -> Event:
    return Event(event_id="e1", learner="ann", verb="paid", time=LATE, object="three months", value=29_900,
                 attributes={"currency": "CNY"} | attributes)  # fmt: skip


def values(event: Event, language: str = "en", zone: str = "UTC") -> dict[str, str]:
    return dict(entry_values(event.verb, event.value, told_of(event), event.time, language=language,
                             zone=ZoneInfo(zone)))  # fmt: skip


def test_a_payment_tells_its_amount_its_day_where_the_learner_is_and_its_reference() -> None:
    assert values(paid(order="R-7")) == {"amount": "CN¥299.00", "paid_on": "March 2, 2026", "reference": "R-7"}
    assert values(paid(reference="A", order="B"), "zh-CN", "Asia/Shanghai") == {
        "amount": "¥299.00", "paid_on": "2026年3月3日", "reference": "A",
    }  # fmt: skip


def test_no_amount_is_better_than_a_wrong_one() -> None:
    assert "amount" not in values(paid(currency="XXY"))
    assert "amount" not in values(Event(event_id="e", learner="a", verb="paid", time=LATE, value=5))


def test_an_attribute_fills_the_variable_of_its_name_but_no_link_and_no_name() -> None:
    event = Event(event_id="e", learner="a", verb="course_completed", time=LATE, course="c", attributes={
        "milestone": "20 lessons", "link": "https://evil.example", "learner_name": "Eve", "greeting": "Hi", "x": "y",
    })  # fmt: skip
    assert values(event) == {"milestone": "20 lessons"}


@given(st.dictionaries(st.sampled_from(["a", "b", "milestone", "currency", "text"]), st.text(max_size=300)))
def test_what_is_kept_has_room_and_no_words_of_the_learner(attributes: dict[str, str]) -> None:
    told = told_of(Event(event_id="e", learner="a", verb="paid", time=LATE, value=1, attributes=attributes))
    assert len(told) <= LONGEST and '"text"' not in told


def test_only_what_a_playbook_will_send_is_remembered_and_by_its_own_event() -> None:
    event, on = paid(), policy("[playbooks.receipt]\nenabled = true\n")
    assert heed([event], [], policy("")).facts == []
    (kept,) = heed([event], [], on).facts
    assert kept == ("ann", entry_fact(f"event:paid:{natural_id('e1')}"), 29_900, told_of(event), LATE)
    assert entry_fact("alert:1:2") == entry_fact("stage:paying") == ""
