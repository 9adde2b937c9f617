"""What has not the shape of an event, a learner or a course is told so in our words, with the field and the mend."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.events import Course, Event, Learner, shape_error
from staycourse.kernel import BadEvent, translator

GOOD = {"event_id": "e1", "learner": "l1", "verb": "posted", "time": "2026-03-02T09:30:00Z"}
TIME = "write it as 2026-03-02T09:30:00Z"


def refused(kind: type[Any], fields: object) -> BadEvent:
    """Return why `fields` are no record of `kind`."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(fields), type=kind)
    return shape_error(caught.value)


@pytest.mark.parametrize(
    ("change", "where", "what", "mend"),
    [
        ({"nonsense": 1}, "nonsense", "there is no field of this name", "leave it out, or correct its name"),
        ({"learner": 5}, "learner", "it is no text", "write it in quotation marks"),
        ({"learner": None}, "learner", "it is missing", "give it"),
        ({"learner": ""}, "learner", "it is empty", "give it"),
        ({"learner": "x" * 201}, "learner", "it is longer than 200 characters", "shorten it"),
        ({"value": "60"}, "value", "it is no whole number", "write it as 60: without quotation marks or a fraction"),
        ({"value": 1.5}, "value", "it is no whole number", "write it as 60: without quotation marks or a fraction"),
        ({"value": 2**70}, "value", "it is above 9007199254740992", "give 9007199254740992 at most"),
        ({"value": -(2**60)}, "value", "it is below -9007199254740992", "give at least -9007199254740992"),
        ({"time": "yesterday"}, "time", "it is no time of RFC 3339", TIME),
        ({"time": 1772443800}, "time", "it is no time of RFC 3339", TIME),
        ({"time": "2026-03-02T09:30:00"}, "time", "its time zone is missing", TIME),
        ({"attributes": {"a": 1}}, "attributes[...]", "it is no text", "write it in quotation marks"),
        ({"attributes": {"a" * 101: ""}}, "attributes", "it is longer than 100 characters", "shorten it"),
        ({"attributes": dict.fromkeys(map(str, range(51)), "")}, "attributes", "it has more than 50 entries",
         "leave some out"),
        ({"attributes": []}, "attributes", "it is no object", "send one JSON object"),
        ({"backfill": 1}, "backfill", "it is neither true nor false", "write it as true or false"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_with_its_mend(change: dict[str, Any], where: str, what: str, mend: str) -> None:
    fault = refused(Event, GOOD | change)
    assert (fault.where, fault.what, fault.mend) == (where, what, mend)
    _is_said_in_chinese(fault)


@pytest.mark.parametrize("field", GOOD)
def test_a_field_that_is_not_there_is_missing(field: str) -> None:
    fault = refused(Event, {name: value for name, value in GOOD.items() if name != field})
    assert (fault.where, fault.what, fault.mend) == (field, "it is missing", "give it")


@pytest.mark.parametrize(
    ("kind", "fields", "what", "mend"),
    [
        (Learner, {"learner": "l", "birthday": "31.12."}, "it is not of its form", "write it as 12-31"),
        (Learner, {"learner": "l", "email": "ada"}, "it is not of its form", "write it as ada@school.example"),
        (Learner, {"learner": "l", "phone": "1"}, "it is not of its form", "write it as +44 20 7946 0018"),
        (Learner, {"learner": "l", "currency": "e"}, "it is not of its form", "write it as EUR"),
        (Learner, {"learner": "l", "birth_year": 1066}, "it is below 1900", "give at least 1900"),
        (Learner, {"learner": "l", "joined_on": "May"}, "it is no date", "write it as 2026-03-02"),
        (Course, {"course": "c", "starts_on": 3}, "it is no date", "write it as 2026-03-02"),
        (Course, {"course": "c", "title": 3}, "it is no text", "write it in quotation marks"),
        (Event, 17, "it is no object", "send one JSON object"),
        (Event, None, "it is no object", "send one JSON object"),
    ],
)
def test_records_and_what_is_none_are_told_so_too(kind: type[Any], fields: object, what: str, mend: str) -> None:
    fault = refused(kind, fields)
    assert (fault.what, fault.mend) == (what, mend)
    _is_said_in_chinese(fault)


_ANY = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(
    kind=st.sampled_from([Event, Learner, Course]), field=st.data(), value=_ANY | st.lists(_ANY, max_size=2)
    | st.dictionaries(st.text(max_size=3), _ANY, max_size=2),
)  # fmt: skip
def test_there_are_words_of_ours_for_whatever_comes(kind: type[Any], field: st.DataObject, value: object) -> None:
    name = field.draw(st.sampled_from(kind.__struct_fields__))
    try:
        msgspec.convert({"learner": "l", "course": "c"} | (GOOD if kind is Event else {}) | {name: value}, kind)
    except msgspec.ValidationError as error:
        fault = shape_error(error)
        assert "`" not in fault.what and fault.mend and fault.mend != "see docs/events.md", str(error)


def _is_said_in_chinese(fault: BadEvent) -> None:
    told = translator("zh-CN").told
    assert told(fault.wording.what) != fault.what and told(fault.wording.mend) != fault.mend
