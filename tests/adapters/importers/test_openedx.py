"""Tracking logs: what the documented events become, how long a video was watched, and whose it was."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.adapters.importers import Chunk, Rejects
from staycourse.adapters.importers.openedx.table import KINDS_BY_TYPE
from staycourse.events import VERBS_BY_NAME, Event
from staycourse.kernel import BadInput

from .conftest import Reader
from .foreign import COURSE, OPENEDX, VIDEO, log, tracked, video


def write(tmp_path: Path, *records: Any, name: str = "tracking.log") -> Path:
    path = tmp_path / name
    data = log(*records).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def events(chunks: Sequence[Chunk]) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events]


def told(found: Sequence[Event]) -> list[tuple[str, str, str, int | None]]:
    return [(event.learner, event.verb, event.object, event.value) for event in found]


def test_the_log_says_who_did_what(tmp_path: Path, read: Reader, rejects: Rejects) -> None:
    path = tmp_path / "tracking.log"
    path.write_text(OPENEDX)
    found = events(read("openedx", path))
    assert told(found) == [
        ("7", "enrolled", "", None),
        ("7", "content_viewed", "courseware/ch1/seq1", 1),
        ("7", "content_viewed", VIDEO, 1),
        ("7", "video_watched", VIDEO, 60),
        ("7", "quiz_answered", "p1", 1),
        ("7", "question_asked", "t1", None),
    ]
    assert {event.course for event in found} == {COURSE}
    assert found[0].time == datetime(2025, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert found[-1].attributes == {"text": "why does it flow?"}
    assert rejects.unused == {"load_video": 1}
    assert rejects.count == 0


PLAYED = [
    ([(0, "play_video", 0), (30, "pause_video", 30)], 30),
    ([(0, "play_video", 0), (30, "stop_video", 60)], 30),  # at double speed the clock counts
    ([(0, "play_video", 10), (3000, "pause_video", 40)], 30),  # the lid was closed: the video's place counts
    ([(0, "play_video", 0), (30, "seek_video", None), (60, "pause_video", 130)], 60),
    ([(0, "play_video", None), (90, "pause_video", None)], 90),
    ([(0, "play_video", None), (9000, "pause_video", None)], 3600),  # nothing tells how far it went
    ([(0, "play_video", 0), (40, "page_close", None)], 40),
    ([(0, "play_video", 0), (10, "play_video", 5), (30, "pause_video", 25)], 20),  # the first play has no end
    ([(0, "edx.video.played", 0), (12, "edx.video.paused", 12)], 12),
]


@pytest.mark.parametrize(("steps", "seconds"), PLAYED)
def test_the_time_watched(
    steps: list[tuple[int, str, float | None]], seconds: int, tmp_path: Path, read: Reader
) -> None:
    lines = []
    for second, kind, at in steps:
        line = video(second, kind, at)
        if kind == "seek_video":
            line["event"] = f'{{"id": "{VIDEO}", "old_time": 30, "new_time": 100, "type": "onSlideSeek"}}'
        lines.append(line)
    found = [event for event in events(read("openedx", write(tmp_path, *lines))) if event.verb == "video_watched"]
    assert [(event.value, event.object) for event in found] == [(seconds, VIDEO)]


@pytest.mark.parametrize(
    "lines",
    [
        [video(0, "play_video", 0)],
        [video(9, "pause_video", 9)],
        [video(0, "play_video", 0), video(9, "pause_video", 9, session="another")],
        [video(0, "play_video", 0), video(9, "pause_video", 9, context={"user_id": 8, "course_id": COURSE})],
        [video(9, "play_video", 0), video(0, "pause_video", 9)],
        [video(0, "play_video", 0), video(90_000 % 86_400, "pause_video", 9, time="2025-03-03T00:00:00+00:00")],
    ],
)
def test_what_does_not_pair_is_not_time_watched(lines: list[Any], tmp_path: Path, read: Reader) -> None:
    path = write(tmp_path, *lines, tracked(99, "showanswer", {"problem_id": "p"}))
    assert "video_watched" not in {event.verb for event in events(read("openedx", path))}


def test_a_video_that_plays_across_a_chunks_end_is_the_same_broken_off_or_not(
    tmp_path: Path, read: Reader, small_chunks: None
) -> None:
    clicks = [tracked(number, f"/courses/{COURSE}/progress", {}) for number in range(1, 8)]
    path = write(tmp_path, video(0, "play_video", 0), *clicks, video(20, "pause_video", 20), *clicks[:2])
    whole = read("openedx", path)
    assert sum(event.verb == "video_watched" for event in events(whole)) == 1
    middle = [chunk for chunk in whole if chunk.position < 9]
    assert len(middle) > 2, "the play and its pause stand in chunks apart"
    for index, chunk in enumerate(whole):
        assert read("openedx", path, resume_after=chunk.position) == whole[index + 1 :]


def test_rotated_files_are_read_in_order_of_time_and_pair_across_their_ends(tmp_path: Path, read: Reader) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder, video(50, "pause_video", 50), name="tracking.log")  # its name sorts first
    write(folder, video(0, "play_video", 0), name="tracking.log-20250301.gz")
    (folder / ".hidden.log").write_text("not a log")
    (folder / "notes.txt").write_text("not a log")
    found = events(read("openedx", folder))
    assert told(found) == [("7", "content_viewed", VIDEO, 1), ("7", "video_watched", VIDEO, 50)]


TWO: dict[str, Any] = {"a": {}, "b": {}}
CHECKS = [
    ({"success": "incorrect", "grade": 0, "max_grade": 1}, {}, ("quiz_answered", 0)),
    (
        {"success": "correct", "grade": 3, "max_grade": 3, "correct_map": TWO},
        {},
        ("quiz_passed", 10_000),
    ),
    (
        {"success": "incorrect", "grade": 1, "max_grade": 3, "correct_map": TWO},
        {},
        ("quiz_failed", 3333),
    ),
    ({"success": "correct", "grade": "x", "max_grade": 0, "correct_map": {"a": 1, "b": 2}}, {}, ("quiz_answered", 1)),
    ({"success": "perhaps"}, {}, None),
    ({"success": "correct"}, {"browser": True}, None),
]


@pytest.mark.parametrize(("payload", "more", "expected"), CHECKS)
def test_answers_are_right_or_wrong_and_problems_of_parts_have_a_grade(
    payload: dict[str, Any], more: dict[str, Any], expected: Any, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    path = write(tmp_path, tracked(1, "problem_check", payload | {"problem_id": "p"}, **more))
    found = events(read("openedx", path))
    assert [(event.verb, event.value) for event in found] == ([expected] if expected else [])
    assert rejects.unused == ({} if expected else {"problem_check": 1})


def test_staff_who_enrol_a_learner_are_not_the_learner(tmp_path: Path, read: Reader) -> None:
    payload = {"user_id": "12", "course_id": COURSE}
    path = write(tmp_path, tracked(1, "edx.course.enrollment.deactivated", payload, user=1))
    (event,) = events(read("openedx", path))
    assert (event.learner, event.verb) == ("12", "withdrawn")


WHO = [
    ({"user": 7}, "7"),
    ({"user": "7"}, "7"),
    ({"user": None}, "ann"),
    ({"user": ""}, "ann"),
    ({"user": None, "username": ""}, None),
]


@pytest.mark.parametrize(("more", "learner"), WHO)
def test_the_learner_is_the_number_else_the_name(
    more: dict[str, Any], learner: str | None, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    found = events(read("openedx", write(tmp_path, tracked(1, "showanswer", {"problem_id": "p"}, **more))))
    assert [event.learner for event in found] == ([learner] if learner else [])
    assert rejects.unused == ({} if learner else {"of nobody": 1})


PAGES = [
    (f"/courses/{COURSE}/", "home_viewed", ""),
    (f"/courses/{COURSE}/course/", "home_viewed", "course"),
    (f"/courses/{COURSE}/courseware/a/b/1", "content_viewed", "courseware/a/b/1"),
    ("/courses/Rivers/R1/2014/discussion/forum", "forum_viewed", "discussion/forum"),
    (f"/courses/{COURSE}/xblock/block-v1:x/handler/xmodule_handler/problem_get", None, ""),
    ("/dashboard", None, ""),
]


@pytest.mark.parametrize(("address", "verb", "thing"), PAGES)
def test_requests_below_a_course_are_views(
    address: str, verb: str | None, thing: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    path = write(tmp_path, tracked(1, address, {}, context={"user_id": 7, "course_id": ""}))
    found = events(read("openedx", path))
    assert [(event.verb, event.object) for event in found] == ([(verb, thing)] if verb else [])
    if verb:
        assert found[0].course == ("Rivers/R1/2014" if "2014" in address else COURSE)
    else:
        assert rejects.unused == {"a request for another page": 1}


def test_a_logging_services_words_before_the_json_are_passed_over(tmp_path: Path, read: Reader) -> None:
    prefix = "2025-03-01 10:00:00 INFO 8 [tracking] [user 7] [ip 10.0.0.1] logger.py:41 - "
    path = write(tmp_path, (prefix + log(tracked(1, "showanswer", {"problem_id": "p"}))).strip())
    assert len(events(read("openedx", path))) == 1


def test_a_course_key_is_found_in_a_blocks_key(tmp_path: Path, read: Reader) -> None:
    block = "block-v1:Rivers+R1+2025+type@problem+block@9"
    line = tracked(1, "showanswer", {"problem_id": block}, context={"user_id": 7})
    (event,) = events(read("openedx", write(tmp_path, line)))
    assert (event.course, event.object) == (COURSE, block)


MALFORMED = ["{", "[]", "7", '{"time": 1}', '{"event_type": "x", "time": "soon"}', "x" * 2_100_000, "\x00\x01", '"a"']


@pytest.mark.parametrize("bad", MALFORMED)
def test_a_malformed_line_is_set_aside_and_the_others_stay(
    bad: str, tmp_path: Path, read: Reader, rejects: Rejects
) -> None:
    good = tracked(1, "showanswer", {"problem_id": "p"})
    assert len(events(read("openedx", write(tmp_path, good, bad, good | {"time": "2025-03-02T00:00:00Z"})))) == 2
    rejects.flush()
    assert rejects.count == 1
    assert rejects.path.read_text(encoding="utf-8").splitlines()[1].startswith("2,")


def test_a_file_of_another_format_is_refused_before_it_is_read_through(tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "access.log"
    path.write_text('10.0.0.1 - - "GET / HTTP/1.1" 200\n' * 5_000)
    with pytest.raises(BadInput, match="none of its 1000 records"):
        read("openedx", path)


def test_a_truncated_gzip_keeps_what_came_before_and_says_so(tmp_path: Path, read: Reader) -> None:
    lines = [tracked(number % 86_000, "showanswer", {"problem_id": str(number)}) for number in range(3_000)]
    path = write(tmp_path, *lines, name="tracking.log.gz")
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(BadInput, match="damaged"):
        read("openedx", path)


def test_every_mapped_verb_is_of_the_vocabulary() -> None:
    assert {kind.verb for kind in KINDS_BY_TYPE.values()} <= VERBS_BY_NAME.keys()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("time", "event_type", "event", "context", "username", "session", "event_source")
PAYLOAD = ("id", "currentTime", "old_time", "grade", "success", "user_id", "course_id", "completion", "problem_id")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([*KINDS_BY_TYPE, "pause_video", "seek_video", "page_close", f"/courses/{COURSE}/"]),
    payload=st.dictionaries(st.sampled_from(PAYLOAD), ANYTHING),
    wrong=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=2),
)
def test_whatever_the_fields_hold_it_is_events_or_a_reject(
    kind: str, payload: dict[str, Any], wrong: dict[str, Any], tmp_path: Path, read: Reader
) -> None:
    good = tracked(0, "showanswer", {"problem_id": "p"})
    line = tracked(1, kind, payload) | wrong
    found = events(read("openedx", write(tmp_path, good, video(0, "play_video", 0), line)))
    assert found and all(event.learner for event in found)
