"""Reading by the API: page by page while rows come and nights change, of one tenant, for any id."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from api_site import NOW, ApiSite, open_site
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from told_risks import AS_OF, keep_night, risk_row

from staycourse.adapters.shelf import shelf
from staycourse.adapters.store import LiveBook, schema
from staycourse.events import Course, Learner
from staycourse.risk.assess import RISKS_SCHEMA

ODD = [
    "a/b",
    "a/risk",
    "x?y=1#z",
    "learner 7",
    "王小明",
    "%41",
    "..",
    "a+b",
    "'; DROP TABLE",
    "😀",
    "signals/risk",
    "a//b",
    "a\nb",
    "end\n",
]
ROUTES = ("/v1/risks", "/v1/alerts", "/v1/journeys", "/v1/messages", "/v1/signals", "/v1/courses",
          "/v1/learners/anna/risk", "/v1/learners/anna/signals")  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiSite]:
    monkeypatch.setattr(shelf, "ROW_GROUP", 7)  # many row groups, so that pages go over their bounds
    with open_site(tmp_path / "home") as opened:
        yield opened


def get(site: ApiSite, path: str, **more: Any) -> Any:
    answer = site.ask(path, method="GET", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def every(site: ApiSite, path: str, limit: int) -> list[Any]:
    """Follow the pages of `path` to their end."""
    found, cursor = [], ""
    for _ in range(200):
        page = get(site, f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={cursor}")
        found += page["data"]
        if page["next"] is None:
            return found
        cursor = page["next"]
    raise AssertionError("no end of pages")


def put_alerts(site: ApiSite, count: int, tenant: str = "main", begin: int = 0) -> None:
    rows = [
        {"tenant": tenant, "alert": f"a{number:04d}", "learner": f"l{number:04d}", "course": "c", "cause": "price",
         "tier": "core", "trigger": "rule", "state": "open" if number % 2 else "done", "risk": 0.5, "priority": 0.5,
         "suggestion": "x", "rules": ["r"], "reasons": [{"signal": "days_absent", "category": "login",
         "contribution": 1.0, "value": 3.0}], "opened": NOW + timedelta(minutes=number // 3), "as_of": AS_OF,
         "due": NOW, "seen_on": AS_OF, "policy_version": 1, "horizon_days": 14}
        for number in range(begin, begin + count)
    ]  # fmt: skip
    with site.home.database.writing() as connection:
        connection.execute(schema.alerts.insert(), rows)


def test_a_risk_that_no_night_has_computed_is_null(site: ApiSite) -> None:
    put_alerts(site, 2)
    with site.home.database.writing() as connection:
        first = schema.alerts.c.alert == "a0000"
        connection.execute(update(schema.alerts).where(first).values(risk=0.0, trigger="event"))
    told = {one["alert"]: one["risk"] for one in get(site, "/v1/alerts")["data"]}
    assert told == {"a0000": None, "a0001": 0.5}


def test_a_learners_risk_has_reasons_in_the_language_that_is_asked_for(site: ApiSite) -> None:
    keep_night(site.home, "main", ["anna", "ben"])
    answer = get(site, "/v1/learners/anna/risk")
    assert (answer["learner"], answer["as_of"], answer["history"]) == ("anna", "2026-03-01", [])
    (risk,) = answer["risks"]
    assert {"course": "maths", "tier": "core", "cause": "price", "policy_version": 1}.items() <= risk.items()
    assert risk["categories"] == {"login": 1.5}
    english = risk["reasons"][0]["words"]
    chinese = get(site, "/v1/learners/anna/risk?language=zh-CN")["risks"][0]["reasons"][0]["words"]
    by_header = get(site, "/v1/learners/anna/risk", headers={"accept-language": "zh"})
    assert by_header["risks"][0]["reasons"][0]["words"] == chinese != english and chinese and english


def test_earlier_nights_are_given_where_they_are_asked_for(site: ApiSite) -> None:
    for day in (date(2026, 2, 27), date(2026, 2, 28), AS_OF):
        keep_night(site.home, "main", ["anna"], day)
    history = get(site, "/v1/learners/anna/risk?history=true")["history"]
    assert [line["as_of"] for line in history] == ["2026-02-27", "2026-02-28", "2026-03-01"]


def test_what_was_scored_since_the_night_is_told_as_now(site: ApiSite) -> None:
    keep_night(site.home, "main", ["anna", "ben"])
    before = site.ask("/v1/learners/anna/risk", method="GET")
    assert before.json()["now"] == []
    live = LiveBook(site.home.database)
    row = risk_row("anna", 61, AS_OF + timedelta(days=1))
    live.keep("main", ["anna"], pa.Table.from_pylist([row], schema=RISKS_SCHEMA), NOW)
    tag = {"if-none-match": before.headers["etag"]}
    after = site.ask("/v1/learners/anna/risk", method="GET", headers=tag)
    (now,) = after.json()["now"]  # not 304: there is something new
    assert {"course": "maths", "risk": 0.61, "cause": "too_hard", "rules": ["absent"]}.items() <= now.items()
    assert datetime.fromisoformat(now["at"]) == NOW and now["reasons"][0]["words"]
    assert get(site, "/v1/learners/ben/risk")["now"] == []
    keep_night(site.home, "main", ["anna"], AS_OF + timedelta(days=1))
    assert get(site, "/v1/learners/anna/risk")["now"] == []  # a night has overtaken it


@pytest.mark.parametrize("learner", ODD)
def test_an_id_may_hold_any_character(site: ApiSite, learner: str) -> None:
    keep_night(site.home, "main", ODD)
    if learner != "..":  # a program's HTTP library may fold dots away before it asks: the query can say them
        assert get(site, f"/v1/learners/{quote(learner, safe='')}/risk")["learner"] == learner
    (found,) = get(site, f"/v1/risks?learner={quote(learner, safe='')}")["data"]
    assert found["learner"] == learner


def test_who_is_unknown_is_not_found_and_who_is_known_may_have_no_risk(site: ApiSite) -> None:
    assert site.ask("/v1/learners/anna/risk", method="GET").status_code == 409, "no night yet"
    keep_night(site.home, "main", ["anna"])
    site.home.store.put_learners("main", [Learner(learner="carl")])
    assert get(site, "/v1/learners/carl/risk")["risks"] == []
    for name in ("nobody", quote("a\0b"), "x" * 600, quote("\ud800", errors="surrogatepass")):
        answer = site.ask(f"/v1/learners/{name}/risk", method="GET")
        assert answer.status_code == 404, name
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 50, 1000])
def test_the_pages_of_a_night_hold_every_risk_once_in_order(site: ApiSite, limit: int) -> None:
    names = [f"l{number:03d}" for number in range(40)] + ["ž", "王", "😀"]
    keep_night(site.home, "main", names)
    found = [risk["learner"] for risk in every(site, "/v1/risks", limit)]
    assert found == sorted(names)


def test_risks_are_filtered(site: ApiSite) -> None:
    keep_night(site.home, "main", [f"l{number:03d}" for number in range(120)])
    found = every(site, "/v1/risks?cause=too_hard&tier=core&least=0.5", 5)
    assert [risk["learner"] for risk in found] == [
        f"l{number:03d}" for number in range(120) if number % 2 and number % 3 == 0 and number % 100 >= 50
    ]


def test_a_cursor_goes_on_in_its_own_night(site: ApiSite) -> None:
    keep_night(site.home, "main", ["a", "b", "c", "d"])
    first = get(site, "/v1/risks?limit=2")
    keep_night(site.home, "main", ["x", "y"], AS_OF + timedelta(days=1))
    second = get(site, f"/v1/risks?limit=2&cursor={first['next']}")
    assert [risk["learner"] for risk in second["data"]] == ["c", "d"] and second["as_of"] == "2026-03-01"
    assert get(site, "/v1/risks")["as_of"] == "2026-03-02"
    assert get(site, "/v1/risks?as_of=2026-03-01")["as_of"] == "2026-03-01"
    assert site.ask("/v1/risks?as_of=2026-01-01", method="GET").status_code == 404


def test_a_nightly_answer_is_given_anew_only_when_it_changed(site: ApiSite) -> None:
    keep_night(site.home, "main", ["anna", "ben"])
    for path in ("/v1/learners/anna/risk", "/v1/risks", "/v1/signals"):
        answer = site.ask(path, method="GET")
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "private, no-cache"
        again = site.ask(path, method="GET", headers={"if-none-match": f'"x", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = site.ask(path, method="GET", headers={"if-none-match": tag, "accept-language": "zh"})
        assert other.status_code == 200 and other.headers["etag"] != tag
    before = site.ask("/v1/risks", method="GET").headers["etag"]
    keep_night(site.home, "main", ["anna"])
    assert site.ask("/v1/risks", method="GET", headers={"if-none-match": before}).status_code == 200


def test_alerts_come_newest_first_and_each_once_while_others_open(site: ApiSite) -> None:
    put_alerts(site, 20)
    first = get(site, "/v1/alerts?limit=7")
    put_alerts(site, 10, begin=100)
    rest: list[Any] = []
    cursor = first["next"]
    while cursor:
        page = get(site, f"/v1/alerts?limit=7&cursor={cursor}")
        rest, cursor = rest + page["data"], page["next"]
    names = [one["alert"] for one in first["data"] + rest]
    assert sorted(names) == [f"a{number:04d}" for number in range(20)] and len(set(names)) == 20
    opened = [one["opened"] for one in first["data"] + rest]
    assert opened == sorted(opened, reverse=True)
    assert first["data"][0]["reasons"][0]["words"]


def test_alerts_are_filtered(site: ApiSite) -> None:
    put_alerts(site, 20)
    since = quote((NOW + timedelta(minutes=4)).isoformat())
    found = every(site, f"/v1/alerts?state=open&state=taken&since={since}", 3)
    assert sorted(one["alert"] for one in found) == [f"a{number:04d}" for number in range(12, 20) if number % 2]
    assert [one["alert"] for one in every(site, "/v1/alerts?learner=l0003", 3)] == ["a0003"]
    assert every(site, "/v1/alerts?course=none", 3) == every(site, "/v1/alerts?cause=too_hard", 3) == []


def test_an_alert_tells_why_it_waits_no_more_and_why_its_playbook(site: ApiSite) -> None:
    put_alerts(site, 2)
    table = schema.alerts
    with site.home.database.writing() as connection:
        named = table.update().where(table.c.alert == "a0001").values(settled="answered", basis="bandit")
        connection.execute(named)
    told = {one["alert"]: (one["settled"], one["basis"]) for one in get(site, "/v1/alerts")["data"]}
    assert told == {"a0000": ("", ""), "a0001": ("answered", "bandit")}
    for settled, names in (("true", ["a0001"]), ("false", ["a0000"])):
        found = every(site, f"/v1/alerts?settled={settled}", 3)
        assert [one["alert"] for one in found] == names
    assert every(site, "/v1/alerts?settled=true&state=taken", 3) == []
    assert site.ask("/v1/alerts?settled=perhaps", method="GET").status_code == 422
    answer = site.ask("/v1/exports/alerts.parquet", method="GET")
    rows = pq.read_table(pa.BufferReader(answer.content)).to_pylist()
    assert {row["alert"]: (row["settled"], row["basis"]) for row in rows} == told


def test_journeys_messages_and_courses_have_pages(site: ApiSite) -> None:
    journey = {"tenant": "main", "course": "c", "playbook": "p", "tier": "core", "priority": 1, "arm": "treated",
               "exclusive": False, "state": "active", "version": 1, "entered": NOW}  # fmt: skip
    message = {"tenant": "main", "course": "c", "playbook": "p", "purpose": "care", "template": "t", "details": {},
               "due": NOW, "created": NOW, "state": "sent", "sent": NOW}  # fmt: skip
    with site.home.database.writing() as connection:
        connection.execute(
            schema.journeys.insert(), [{**journey, "learner": f"l{at}", "entry": f"e{at}"} for at in range(9)]
        )
        connection.execute(
            schema.messages.insert(), [{**message, "learner": f"l{at}", "key": f"k{at}"} for at in range(9)]
        )
    site.home.store.put_courses("main", [Course(course=f"c{at}", title="") for at in range(9)])
    assert [one["learner"] for one in every(site, "/v1/journeys", 4)] == [f"l{at}" for at in reversed(range(9))]
    assert [one["key"] for one in every(site, "/v1/messages?state=sent", 4)] == [f"k{at}" for at in reversed(range(9))]
    assert [one["course"] for one in every(site, "/v1/courses", 4)] == [f"c{at}" for at in range(9)]


def test_nobody_reads_another_tenants_rows(site: ApiSite) -> None:
    keep_night(site.home, "other", ["anna", "ben", "carl"])
    put_alerts(site, 9, tenant="other")
    theirs = site.keys["other"]
    cursors = {path: get(site, f"{path}?limit=2", key=theirs)["next"] for path in ("/v1/alerts", "/v1/risks")}
    keep_night(site.home, "main", ["anna"])
    for path in ROUTES:
        with_cursor = f"{path}?cursor={cursors[path]}" if path in cursors else path
        for asked in (path, with_cursor):
            said = site.ask(asked, method="GET").text
            assert "l000" not in said and "ben" not in said and "carl" not in said, asked


@pytest.mark.parametrize("path", ROUTES)
def test_only_who_may_read_reads(site: ApiSite, path: str) -> None:
    assert site.ask(path, method="GET", key="").status_code == 401
    assert site.ask(path, method="GET", key=site.key("write")).status_code == 403
    assert site.ask(path, method="GET", key=site.keys["main"] + "0").status_code == 401


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/alerts?limit=0", "/limit"), ("/v1/alerts?limit=1001", "/limit"), ("/v1/alerts?state=eaten", "/state/0"),
        ("/v1/alerts?since=2026-03-01", "/since"), ("/v1/alerts?since=2026-03-01T00:00:00", "/since"),
        ("/v1/risks?least=2", "/least"), ("/v1/risks?as_of=x", "/as_of"), ("/v1/alerts?learner=%00", "/query"),
        ("/v1/alerts?cursor=x", "/cursor"), ("/v1/risks?language=fr", "/language"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(site: ApiSite, path: str, where: str) -> None:
    keep_night(site.home, "main", ["anna"])
    answer = site.ask(path, method="GET")
    assert (answer.status_code, answer.json()["pointer"]) == (422, where), answer.text


@pytest.mark.parametrize("path", [*ROUTES, "/v1/exports/risks.parquet"])
def test_a_parameter_that_a_route_does_not_read_is_refused(site: ApiSite, path: str) -> None:
    keep_night(site.home, "main", ["anna"])
    told = site.ask(f"{path}?tire=vip", method="GET")
    fault = told.json()
    assert (told.status_code, fault["code"], fault["pointer"]) == (422, "bad-input", "/tire")
    assert fault["detail"] == "there is no parameter 'tire' here"
    documented = site.app.openapi()["paths"]
    here = next(documented[name]["get"] for name in documented if re.fullmatch(re.sub(r"{\w+}", "[^/]+", name), path))
    known = [one["name"] for one in here.get("parameters", []) if one["in"] == "query"]
    assert fault["mend"] == (f"use one of {', '.join(known)}" if known else "leave it out")
    assert site.ask(f"{path}?tire=vip", method="GET", key="").status_code == 401


def test_cursors_that_somebody_made_up_break_nothing(tmp_path: Path) -> None:
    instants = st.sampled_from(["2026-03-02T10:00:00Z", "2026-03-02T10:00:00", "0001-01-01T00:00:00Z", "x"])
    keys = st.one_of(
        st.tuples(instants, st.text(max_size=9)), st.tuples(st.integers()), st.tuples(st.text(max_size=9)),
        st.tuples(st.sampled_from(["2026-03-01", "2026-13-01"]), st.text(max_size=9), st.text(max_size=9)), st.none(),
    )  # fmt: skip
    cursors = st.tuples(
        st.integers(0, 2), st.sampled_from(["alerts", "risks", "journeys", "messages", "courses"]), keys
    )
    with open_site(tmp_path / "home") as site:
        keep_night(site.home, "main", ["anna"])

        @settings(max_examples=120)
        @given(cursors, st.booleans())
        def ask(made: tuple[int, str, Any], broken: bool) -> None:
            text = base64.urlsafe_b64encode(json.dumps(made).encode()).decode()
            path = f"/v1/{made[1]}?cursor={quote(text[3:] if broken else text)}"
            answer = site.ask(path, method="GET")
            assert answer.status_code in (200, 404, 422), (made, answer.text)

        ask()


def test_the_document_says_what_is_answered(site: ApiSite) -> None:
    document = site.ask("/openapi.json", method="GET").json()
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/risks", "/v1/alerts", "/v1/learners/{learner}/risk"):
        schema_ = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert "description" in json.dumps(schema_)
        assert "422" in document["paths"][path]["get"]["responses"]
