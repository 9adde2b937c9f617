"""Small made-up exports of the platforms: the documented shapes, with made-up content."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

COURSE = "course-v1:Rivers+R1+2025"
VIDEO = "a1b2c3"


def tracked(second: int, kind: str, event: Any = None, *, user: int | str | None = 7, **more: Any) -> dict[str, Any]:
    """Make one line of a tracking log, `second` seconds after ten o'clock; a browser's payload is text."""
    browser = more.pop("browser", kind in ("play_video", "pause_video", "stop_video", "seek_video", "page_close"))
    return {
        "username": "ann",
        "event_type": kind,
        "event_source": "browser" if browser else "server",
        "name": kind,
        "ip": "10.0.0.1",
        "agent": "Mozilla/5.0",
        "session": "s1",
        "time": f"2025-03-01T{10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.500000+00:00",
        "event": json.dumps(event or {}) if browser else event or {},
        "context": {"course_id": COURSE, "org_id": "Rivers", "user_id": user, "path": "/event"},
    } | more  # fmt: skip


def video(second: int, kind: str, at: float | None, **more: Any) -> dict[str, Any]:
    """Make a video's event with its place `at`."""
    return tracked(second, kind, {"id": VIDEO, "code": "x", "currentTime": at}, **more)


def log(*records: Any) -> str:
    """Make a log of records; a text stands as it is."""
    return "".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)


OPENEDX = log(
    tracked(0, "edx.course.enrollment.activated", {"user_id": 7, "course_id": COURSE, "mode": "audit"}, user=1),
    tracked(5, f"/courses/{COURSE}/courseware/ch1/seq1/", {}),
    video(10, "play_video", 0),
    video(70, "pause_video", 60.2),
    tracked(80, "problem_check", {"problem_id": "p1", "success": "correct", "grade": 1, "max_grade": 1}),
    tracked(90, "edx.forum.thread.created", {"id": "t1", "thread_type": "question", "body": "why does it flow?"}),
    tracked(99, "load_video", {"id": VIDEO}, browser=True),
)

MOODLE_COLUMNS = (
    "id,eventname,component,action,target,objecttable,objectid,crud,edulevel,contextid,contextlevel,contextinstanceid,"
    "userid,courseid,relateduserid,anonymous,other,timecreated,origin,ip,realuserid"
)


def moodle_row(number: int, event: str, **cells: Any) -> str:
    """Make a row of the log store: user 5 in course 2, `number` minutes after an instant."""
    row = {
        "id": number, "eventname": event, "component": event.split("\\")[1] if "\\" in event else "core",
        "edulevel": 2, "contextlevel": 50, "contextinstanceid": 2, "userid": 5, "courseid": 2, "anonymous": 0,
        "timecreated": 1_740_800_000 + 60 * number, "origin": "web",
    } | cells  # fmt: skip
    texts = (str(row.get(name, "NULL")) for name in MOODLE_COLUMNS.split(","))
    return ",".join('"' + text.replace('"', '""') + '"' for text in texts) + "\n"


def moodle_table(*rows: str) -> str:
    """Make an export of the table."""
    return MOODLE_COLUMNS + "\n" + "".join(rows)


MOODLE = moodle_table(
    moodle_row(1, r"\core\event\user_enrolment_created", userid=2, relateduserid=5, edulevel=0),
    moodle_row(2, r"\core\event\user_loggedin", courseid=0, contextlevel=10, contextinstanceid=0),
    moodle_row(3, r"\core\event\course_viewed"),
    moodle_row(4, r"\mod_quiz\event\attempt_submitted", contextlevel=70, contextinstanceid=31, relateduserid=5),
    moodle_row(
        5, r"\mod_forum\event\post_created", contextlevel=70, contextinstanceid=32, other='{"discussionid":"4"}'
    ),
    moodle_row(6, r"\core\event\notification_sent"),
)

ACTOR = {"objectType": "Agent", "account": {"homePage": "https://lms.example.org", "name": "u7"}}
COURSE_ACTIVITY = {
    "id": f"https://lms.example.org/course/{COURSE}",
    "definition": {"type": "http://adlnet.gov/expapi/activities/course"},
}


def statement(number: int, verb: str, kind: str = "", **more: Any) -> dict[str, Any]:
    """Make a statement about an activity of a type, within the course."""
    definition = {"definition": {"type": kind}} if kind else {}
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "actor": ACTOR,
        "verb": {"id": verb},
        "object": {"id": f"https://lms.example.org/thing/{number}", **definition},
        "context": {"contextActivities": {"parent": [COURSE_ACTIVITY]}},
        "timestamp": f"2025-03-01T10:00:{number % 60:02}Z",
    } | more


XAPI = log(
    statement(1, "http://id.tincanapi.com/verb/viewed"),
    statement(2, "https://w3id.org/xapi/acrossx/verbs/evaluated", result={"success": True}),
    statement(3, "http://adlnet.gov/expapi/verbs/completed", "http://adlnet.gov/expapi/activities/lesson"),
    statement(4, "https://example.org/verbs/sneezed"),
)

ROSTER = {
    "manifest": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,bulk\nfile.classes,bulk\n"
    "file.academicSessions,bulk\nfile.enrollments,bulk\nfile.demographics,bulk\nfile.orgs,absent\n",
    "users": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,sms,"
    "phone,agentSourcedIds\n"
    "u1,,,true,o1,student,ann,Ann,Rivers,ann@example.org,+31 6 1234,,g1\n"
    "u2,,,true,o1,student,bo,Bo,Hill,,,,\n"
    "t1,,,true,o1,teacher,tim,Tim,Lake,tim@example.org,,,\n"
    "g1,,,true,o1,guardian,gus,Gus,Rivers,gus@example.org,,,u1\n",
    "demographics": "sourcedId,status,dateLastModified,birthDate,sex\nu1,,,2012-05-06,female\n",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
    "a1,,,Spring,semester,2025-02-01,2025-06-30,,2025\na2,,,Autumn,semester,2025-09-01,2025-12-20,,2025\n",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds\nk1,,,Rivers I,,c1,,scheduled,,o1,a1\n"
    'k2,,,"Hills, all year",,c2,,scheduled,,o1,"a1,a2"\n',
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate\n"
    "e1,,,k1,o1,u1,student,,2025-02-03,\ne2,,,k2,o1,u1,student,,,\ne3,,,k1,o1,u2,student,,2025-02-03,2025-03-10\n"
    "e4,,,k1,o1,t1,teacher,true,,\n",
}


def write_roster(folder: Path, tables: dict[str, str] = ROSTER) -> Path:
    """Write a bundle as a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def zip_roster(place: Path, tables: dict[str, str] = ROSTER, prefix: str = "") -> Path:
    """Write a bundle as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in tables.items():
            zipped.writestr(f"{prefix}{name}.csv", text)
    place.write_bytes(packed.getvalue())
    return place
