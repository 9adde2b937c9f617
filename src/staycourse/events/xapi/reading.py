"""The parts of a statement that events are made of. Every part may be anything: nothing here raises but BadInput."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from staycourse.events.xapi.table import ACTIVITY_KINDS
from staycourse.kernel import BadInput, natural_id
from staycourse.kernel.ids import MAX_ID

MOST_MEMBERS = 500
"""A group of more members is refused: it would turn one statement into as many events."""

OBJECT = (dict, Mapping)
"""What an object of JSON is: a plain one, as nearly all are, is known at once; to ask for a Mapping takes long."""

_NOBODY = ("anonymous",)
"""What plug-ins write where the learner is not to be known."""

SEGMENTS = "https://w3id.org/xapi/video/extensions/played-segments"
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
VIDEO_PROGRESS = "https://w3id.org/xapi/video/extensions/progress"
THREAD_TYPE = "https://w3id.org/xapi/acrossx/extensions/type"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EDX_COURSE = re.compile(r"(course-v1:[^/?#\s]+)")
_EDX_BLOCK = re.compile(r"((block-v1:)([^/?#\s+]+\+[^/?#\s+]+\+[^/?#\s+]+)\+[^/?#\s]+)")
_MOODLE_COURSE = re.compile(r"/course/view\.php\?id=(\d{1,18})$")
_DURATION = re.compile(
    r"P(?:(?P<w>[\d.]+)W)?(?:(?P<d>[\d.]+)D)?(?:T(?:(?P<h>[\d.]+)H)?(?:(?P<m>[\d.]+)M)?(?:(?P<s>[\d.]+)S)?)?"
)
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def unfit(field: str, reason: str) -> BadInput:
    """Return the error for a part of a statement that is not of xAPI's form."""
    return BadInput(reason, where=field)


def part(thing: Any, name: str) -> Mapping[str, Any]:
    """Return the object `name` of `thing`; an empty one where it is missing or no object."""
    found = thing.get(name) if isinstance(thing, OBJECT) else None
    return found if isinstance(found, OBJECT) else {}


def instant(statement: Mapping[str, Any], stored: datetime) -> datetime:
    """Return when it happened: `timestamp` (ISO 8601; without a zone UTC), else when it was stored."""
    text = statement.get("timestamp")
    if text is None:
        return stored
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise unfit("timestamp", f"{str(text)[:60]!r} is not an instant of ISO 8601") from None


def learners(statement: Mapping[str, Any], home_pages: Mapping[str, str]) -> list[str]:
    """Return the ids of the learners who acted: the agent, or each member of a group; none who is anonymous."""
    actor = statement.get("actor")
    if not isinstance(actor, OBJECT):
        raise unfit("actor", "it is missing")
    if actor.get("objectType") != "Group" and "member" not in actor:
        alone = _agent(actor, home_pages, "actor")
        return [alone] if alone else []
    members = actor.get("member")
    if members is None:
        return []
    if not isinstance(members, list) or len(members) > MOST_MEMBERS:
        raise unfit("actor.member", f"it is not a list of at most {MOST_MEMBERS} agents")
    found = [_agent(member, home_pages, "actor.member") for member in members]
    return list(dict.fromkeys(name for name in found if name))


def _agent(agent: Any, home_pages: Mapping[str, str], field: str) -> str | None:
    if not isinstance(agent, OBJECT):
        raise unfit(field, "it is not an agent")
    account = part(agent, "account")
    prefix = home_pages.get(str(account.get("homePage")), "")
    name, mailbox = account.get("name"), str(agent.get("mbox", ""))
    mailbox = mailbox[len("mailto:") :] if mailbox.lower().startswith("mailto:") else ""
    ways = (f"{prefix}{name}" if isinstance(name, str) and name else None, mailbox, _hash(agent), agent.get("openid"))
    chosen = next((way for way in ways if isinstance(way, str) and way), None)
    if chosen in _NOBODY:
        return None
    if chosen is None:
        raise unfit(field, "it has no account, mbox, mbox_sha1sum or openid")
    if len(chosen) > MAX_ID:
        raise unfit(field, f"its identifier is longer than {MAX_ID} characters")
    return chosen


def _hash(agent: Mapping[str, Any]) -> str | None:
    digest = agent.get("mbox_sha1sum")
    return f"sha1:{digest.lower()}" if isinstance(digest, str) and digest else None


def statement_id(statement: Mapping[str, Any]) -> str:
    """Return the statement's id in lower case, "" if it has none yet (a store gives it one)."""
    given = statement.get("id")
    if given is None:
        return ""
    if not isinstance(given, str) or not _UUID.fullmatch(given.lower()):
        raise unfit("id", f"{str(given)[:60]!r} is not a UUID")
    return given.lower()


def kind_of(activity: Mapping[str, Any]) -> str:
    """Return the kind of an activity: one of KINDS, "" for any other."""
    return ACTIVITY_KINDS.get(str(part(activity, "definition").get("type")), "")


def surroundings(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the activities around the one acted on: parents first, then the groupings."""
    around = part(part(statement, "context"), "contextActivities")
    for name in ("parent", "grouping"):
        found = around.get(name)
        for activity in found if isinstance(found, list) else [found]:
            if isinstance(activity, OBJECT) and isinstance(activity.get("id"), str):
                yield activity


def course_of(statement: Mapping[str, Any]) -> str:
    """Return the course's id, "" if none is named.

    It is the first activity of the kind course among the parents, the groupings and the object; else what an Open edX
    IRI says; else the first grouping, else the first parent, that has no type at all.
    """
    activity = part(statement, "object")
    around = list(surroundings(statement))
    for candidate in (*around, activity):
        if kind_of(candidate) == "course":
            return course_id(str(candidate.get("id")))
    for candidate in (activity, *around):
        if found := _edx_course(str(candidate.get("id"))):
            return found
    untyped = [candidate for candidate in reversed(around) if not part(candidate, "definition").get("type")]
    return course_id(str(untyped[0]["id"])) if untyped else ""


def course_id(iri: str) -> str:
    """Return a course's id as its platform's own files have it: Open edX's key, Moodle's number; else the IRI."""
    if found := _edx_course(iri):
        return found
    if moodle := _MOODLE_COURSE.search(iri):
        return moodle[1]
    return short(iri, MAX_ID)


def _edx_course(iri: str) -> str:
    if found := _EDX_COURSE.search(iri):
        return found[1]
    block = _EDX_BLOCK.search(iri)
    return f"course-v1:{block[3]}" if block else ""


def object_of(statement: Mapping[str, Any]) -> str:
    """Return the thing done or used: an attempt's quiz, an Open edX block's key, else the IRI."""
    activity = part(statement, "object")
    if kind_of(activity) == "attempt":
        activity = next((each for each in surroundings(statement) if kind_of(each) == "quiz"), activity)
    iri = activity.get("id")
    block = _EDX_BLOCK.search(iri) if isinstance(iri, str) else None
    return short(block[1] if block else iri if isinstance(iri, str) else "", 500)


def short(text: str, longest: int) -> str:
    """Return `text`, or a name made of it where it is too long."""
    return text if len(text) <= longest else natural_id(text)


def share(result: Mapping[str, Any]) -> int | None:
    """Return the score in hundredths of a per cent, 0 to 10000; None where there is none.

    raw, min and max go before scaled: Moodle's plug-in writes a scaled of 0 whatever the raw.
    """
    score = part(result, "score")
    raw, least, most = (number(score.get(name)) for name in ("raw", "min", "max"))
    scaled = number(score.get("scaled"))
    if raw is not None and most is not None and most > (least or 0):
        scaled = (raw - (least or 0)) / (most - (least or 0))
    return None if scaled is None else round(min(max(scaled, 0.0), 1.0) * 10_000)


def number(given: Any) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        found = float(given)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def seconds(result: Mapping[str, Any]) -> int | None:
    """Return result.duration (ISO 8601 without years and months, which have no length) in whole seconds."""
    text = result.get("duration")
    found = _DURATION.fullmatch(text) if isinstance(text, str) and len(text) < 60 else None
    if found is None or not any(found.groups()):
        return None
    try:
        return round(sum(float(value) * _UNITS[unit] for unit, value in found.groupdict().items() if value))
    except (ValueError, OverflowError):
        return None


def played(result: Mapping[str, Any]) -> int | None:
    """Return the seconds of the segments played in a session: `0[.]12[,]14[.]21` (Video Profile 5.4.1)."""
    text = part(result, "extensions").get(SEGMENTS)
    if not isinstance(text, str) or not text or len(text) > 100_000:
        return None
    total = 0.0
    for segment in text.split("[,]"):
        begin, _, end = segment.partition("[.]")
        try:
            length = float(end) - float(begin)
        except ValueError:
            return None
        if not 0 <= length < 1e6:
            return None
        total += length
    return round(total)


def progress(result: Mapping[str, Any]) -> int | None:
    """Return the progress in hundredths of a per cent: cmi5 counts 0 to 100, the Video Profile 0 to 1."""
    extensions = part(result, "extensions")
    percent, fraction = number(extensions.get(PROGRESS)), number(extensions.get(VIDEO_PROGRESS))
    hundredths = percent * 100 if percent is not None else fraction * 10_000 if fraction is not None else None
    return None if hundredths is None else round(min(max(hundredths, 0.0), 10_000.0))


def stars(result: Mapping[str, Any]) -> int | None:
    """Return a rating of five stars in hundredths: raw of max."""
    score = part(result, "score")
    raw, most = number(score.get("raw")), number(score.get("max"))
    if raw is None or most is None or most <= 0 or raw <= 0:
        return None
    return round(min(max(raw / most * 500, 100.0), 500.0))


def words(statement: Mapping[str, Any]) -> str:
    """Return the learner's own words: result.response, at most 10,000 characters."""
    text = part(statement, "result").get("response")
    return text[:10_000] if isinstance(text, str) else ""
