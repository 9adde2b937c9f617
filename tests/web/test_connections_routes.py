"""The pages of connections over a real home: what they show, what their forms do, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI
from plain import HOSTILE, NOW, PlainDesk

from staycourse.adapters.store.doors import Reason, RejectionBook, Tally, Told
from staycourse.app.access import Members
from staycourse.app.access.lti import Platforms
from staycourse.app.homes import Home, open_home
from staycourse.app.intake import (
    Keyring,
    Tracked,
    UnmappedName,
    keep_unmapped,
    key_book,
    mapping_example,
    sort_messages,
    unmapped_names,
)
from staycourse.app.intake.arrivals import note_arrival
from staycourse.app.nights import audit_lines
from staycourse.app.outgoing import WEBHOOK_KINDS, Webhooks
from staycourse.events import Event
from staycourse.events.xapi import verb_map
from staycourse.kernel import FixedClock, Settings
from staycourse.policy import EventsPolicy, Policy, default_policy_text, load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.web import console_app

BASE = "http://127.0.0.1:8765"
OWN = {"origin": BASE, "sec-fetch-site": "same-origin", "cookie": "staycourse_actor=ann"}


@dataclass
class Site:
    """A console over one home, without anybody who must sign in."""

    home: Home
    app: FastAPI
    headers: dict[str, str] = field(default_factory=lambda: dict(OWN))

    def ask(
        self, path: str, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:  # fmt: skip
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                method = "GET" if data is None else "POST"
                return await client.request(method, path, data=data, headers={**self.headers, **(headers or {})})

        return anyio.run(once)

    def said(self) -> list[str]:
        """Return what stands in the audit log as actor and action, the newest first."""
        return [f"{line['actor']} {line['action']}" for line in audit_lines(self.home, "", 20)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_home(Settings(tmp_path / "home", "main", "Asia/Shanghai", FixedClock(NOW), 1, 1), writing=False) as home:
        yield Site(home, console_app(PlainDesk(), tenant="main", clock=FixedClock(NOW), home=home))


def policy_of(added: str) -> Policy:
    return load_policy(f"{default_policy_text()}\n{added}", signals=SIGNALS_BY_NAME)


def tracked(site: Site, name: str, count: int = 1, **properties: object) -> None:
    told = [Tracked("segment", f"{name}{n}", f"s{n}", name, NOW, dict(properties)) for n in range(count)]
    keep_unmapped(site.home, "main", sort_messages(told, EventsPolicy(), NOW).unmapped)


def secret(page: str) -> str:
    found = re.search(r'id="once-secret">([^<]+)<', page)
    return unescape(found[1]) if found else ""


def test_a_door_says_when_something_last_came_in_and_how_much(site: Site) -> None:
    empty = site.ask("/connections").text
    assert "Nothing has come in yet" in empty and "Everything that came in has a meaning" in empty
    note_arrival(site.home, "caliper", 1_234)
    page = site.ask("/connections").text
    assert "1,234" in page and "22 Mar 2014, 09:30" in page and "Nothing has come in yet" not in page


def test_what_was_not_taken_is_shown_with_the_reason_and_the_mend(site: Site) -> None:
    assert "Everything that came was taken" in site.ask("/connections/rejected").text
    key = key_book(site.home).issue("main", "Our LMS", ["write"], NOW).key_id
    verb = Reason("native", key, "/verb", "there is no verb 'juggled'", "see docs/events.md for the verbs")
    RejectionBook(site.home.database).add("main", {
        verb: Tally(1_200, NOW, 17), verb._replace(door="caliper", what=HOSTILE): Tally(1, NOW, -1),
    })  # fmt: skip
    page = site.ask("/connections/rejected").text
    for told in ("came 1,200 times", "there is no verb &#39;juggled&#39;", "number 17 of its batch", "Our LMS",
                 "<code>/verb</code>", "22 Mar 2014, 09:30", "the request as a whole"):  # fmt: skip
        assert told in page, told
    assert "<script>alert" not in page
    assert (
        "Caliper" not in site.ask("/connections/rejected?door=native").text.split("<main", 1)[1].split("</nav>", 2)[2]
    )
    chinese = site.ask("/connections/rejected", headers={"accept-language": "zh-CN"}).text
    assert "没有名为 &#39;juggled&#39; 的动作" in chinese or (
        "juggled" in chinese and "there is no verb" not in chinese
    )


def test_each_delivery_of_a_webhook_is_shown_and_told_again(site: Site) -> None:
    hooks = Webhooks(site.home)
    webhook = hooks.add("main", "https://example.org/hook", WEBHOOK_KINDS).webhook
    address = f"/connections/webhooks/{webhook}"
    assert address in site.ask("/connections/webhooks").text
    assert "Nothing here" in site.ask(address).text
    numbers = [hooks.book.put_test("main", webhook, NOW) for _ in range(60)]
    hooks.book.claim("main", webhook, "w", NOW, 60)
    fault = "example.org: did not answer within 10 seconds; it is tried again"
    told = [
        Told(numbers[0]),
        Told(numbers[1], fault),
        *(Told(one, fault, NOW + timedelta(hours=5)) for one in numbers[2:]),
    ]
    hooks.book.settle("main", webhook, "w", told, NOW)
    page = site.ask(address).text
    assert page.count("did not answer within 10 seconds") == 50 and "22 Mar 2014, 14:30" in page
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older and site.ask(unescape(older[1])).text.count("did not answer within") == 9
    assert "在 10 秒内没有回应" in site.ask(address, headers={"accept-language": "zh-CN"}).text
    given_up = site.ask(f"{address}?state=dead").text
    assert given_up.count('class="item told-line"') == 1 and f'value="{numbers[1]}"' in given_up
    form = {"webhook": webhook, "number": str(numbers[1])}
    done = site.ask(address, {"action": "again", **form})
    assert done.status_code == 303 and done.headers["location"] == address
    assert "Nothing here" in site.ask(f"{address}?state=dead").text and site.said()[0] == "ann webhook.replayed"
    assert site.ask(address, {"action": "again", **form, "number": "999999"}).status_code == 404
    assert site.ask("/connections/webhooks/none").status_code == 404
    assert site.ask(f"{address}?before=x").status_code == 422


def test_what_is_unmapped_is_shown_with_a_mapping_that_can_be_used(site: Site) -> None:
    tracked(site, "Badge Earned", 3, badge="gold", course_id="maths")
    tracked(site, HOSTILE, 1, x=HOSTILE)
    page = site.ask("/connections").text
    assert (
        "came 3 times" in page and "nobody has mapped this name" in page and "&#34;badge&#34;: &#34;gold&#34;" in page
    )
    assert "<script>alert" not in page
    assert "course = [&#34;course_id&#34;]" in page
    assert "来自" not in page and "收到 3 次" in site.ask("/connections", headers={"accept-language": "zh-CN"}).text
    for row in unmapped_names(site.home, "main"):
        policy = policy_of(mapping_example(row))
        assert row.name in policy.events.names


def test_reading_again_makes_events_of_what_the_policy_names_now(site: Site) -> None:
    tracked(site, "Badge Earned", 3, badge="gold", course_id="maths")
    assert "connections.replayed.stop" in site.ask("/connections", {"action": "replay"}).headers["set-cookie"]
    (row,) = unmapped_names(site.home, "main")
    site.home.store.add_policy("main", mapping_example(row), "", NOW)
    answer = site.ask("/connections", {"action": "replay"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/connections")
    assert unmapped_names(site.home, "main") == []
    assert site.said()[0] == "ann events.replayed"


@pytest.mark.parametrize(
    ("door", "name", "sample", "expected"),
    [
        ("segment", 'Odd "name"\\\n\x7f', "not json", "content_viewed"),
        ("segment", "lessonCompleted", '{"properties":{"Lesson ID":"1","group":{"id":"g"}}}', "lesson_completed"),
        ("caliper", "MediaEvent.Muted", '{"properties":{"object":{"id":"o"},"group":{"id":"g"}}}', "content_viewed"),
        ("xapi", "https://x.org/verbs/logged-in", "", "logged_in"),
    ],
)
def test_an_example_can_be_read_whatever_the_name_is(door: str, name: str, sample: str, expected: str) -> None:
    example = mapping_example(UnmappedName(name, door, "", 1, NOW, NOW, sample))
    if door == "xapi":
        rule = verb_map(example).rule(name, "")
        assert rule is not None and rule.verb == expected
        return
    mapping = policy_of(example).events.names[name]
    assert mapping.verb == expected
    assert mapping.course == (("group.id",) if "group" in sample else ())


def test_a_key_is_issued_with_its_secret_shown_once_rotated_and_revoked(site: Site) -> None:
    page = site.ask("/connections/keys", {"action": "issue", "name": "App", "scope.write": "1", "scope.xapi:read": "1",
                                          "days": "30", "events": "500"}).text  # fmt: skip
    text, ring = secret(page), Keyring(site.home)
    found = ring.key(text)
    assert found and found.scopes == {"write", "xapi:read"} and found.events_per_second == 500
    assert found.expires == NOW + timedelta(days=30)
    shown = site.ask("/connections/keys").text
    assert text not in shown and found.key_id in shown and "500 events, 2,000 requests" in shown
    page = site.ask("/connections/keys", {"action": "rotate", "key": found.key_id, "overlap": "0"}).text
    rotated = secret(page)
    assert "<bdi>App</bdi></h2>" in page, "it is headed by its name"
    assert rotated != text and Keyring(site.home).key(text) is None and Keyring(site.home).key(rotated)
    assert site.ask("/connections/keys", {"action": "revoke", "key": found.key_id}).status_code == 303
    assert Keyring(site.home).key(rotated) is None
    assert "1 revoked or expired" in site.ask("/connections/keys").text
    assert site.said()[:3] == ["ann key.revoked", "ann key.rotated", "ann key.issued"]


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("keys", {"action": "issue", "name": "x"}, "May: nothing is ticked; tick one at least"),
        ("keys", {"action": "issue", "name": "x", "scope.write": "1", "days": "-1"}, "Ends after (days): is no whole"),
        ("keys", {"action": "revoke", "key": "none"}, "no such key 'none'; look at the page anew"),
        ("keys", {"action": "rotate", "key": "none", "overlap": "99"}, "so long"),
        ("keys", {}, "nothing of this page was asked for"),
        ("people", {"action": "add", "login": "bob", "role": "advisor"}, "the first person must be an owner"),
        ("people", {"action": "remove", "login": "nobody"}, "nobody here is called"),
        ("platforms", {"action": "add", "name": "m"}, "nobody can sign in as owner"),
        ("webhooks", {"action": "add", "url": "http://x", "kind.alert.opened": "1"}, "is not an https address"),
        ("webhooks", {"action": "add", "url": "https://x.org/"}, "nothing is ticked"),
        ("webhooks", {"action": "test", "webhook": ""}, "there is no webhook"),
    ],
)
def test_what_cannot_be_is_said_on_the_page_and_changes_nothing(
    site: Site, path: str, data: dict[str, str], said: str
) -> None:
    answer = site.ask(f"/connections/{path}", data)
    assert answer.status_code in (404, 422)
    assert 'role="alert" id="fault"' in answer.text and said in unescape(answer.text)
    assert site.said() == []


def test_a_fault_names_the_field_as_the_page_does(site: Site) -> None:
    chinese = {"accept-language": "zh-CN"}
    for data, said in (
        ({"days": "x"}, "有效天数："),
        ({"events": "x"}, "每秒事件数："),
        ({"name": ""}, "名称："),
    ):
        given = {"action": "issue", "name": "x", "scope.write": "1", **data}
        assert said in unescape(site.ask("/connections/keys", given, chinese).text)
    fault = site.ask("/connections/keys", {"action": "issue", "name": "x"}, chinese).text
    assert "write, read" not in fault and "权限：" in fault


def test_a_failed_test_of_a_webhook_is_told_in_the_readers_language(site: Site) -> None:
    site.ask("/connections/webhooks", {"action": "add", "url": "https://hook.invalid/", "kind.alert.opened": "1"})
    (hook,) = Webhooks(site.home).every("main")
    tested = site.ask(
        "/connections/webhooks", {"action": "test", "webhook": hook.webhook}, {"accept-language": "zh-CN"}
    ).text
    fault = tested.split('id="fault"')[1].split("</p>")[0]
    assert "无法解析" in fault and "test" not in fault and "the name" not in fault


def test_nothing_is_done_for_another_site(site: Site) -> None:
    site.headers = {"origin": "https://evil.test"}
    for path in ("", "/keys", "/people", "/platforms", "/webhooks"):
        assert site.ask(f"/connections{path}", {"action": "issue", "name": "x", "scope.write": "1"}).status_code == 403
    assert key_book(site.home).list("main") == []


def test_people_are_added_with_a_password_shown_once_and_changed(site: Site) -> None:
    page = site.ask("/connections/people", {"action": "add", "login": "Ann@X.org", "role": "owner"}).text
    first = secret(page)
    assert len(first) >= 20 and first not in site.ask("/connections/people").text
    site.ask("/connections/people", {"action": "add", "login": "bob", "role": "teacher", "courses": "maths, ENG-1"})
    people = {one.login: one for one in Members(site.home, "").list()}
    assert people["ann@x.org"].role == "owner" and people["bob"].courses == ("ENG-1", "maths")
    site.ask("/connections/people", {"action": "role", "login": "bob", "role": "advisor", "courses": "maths"})
    assert {one.login: (one.role, one.courses) for one in Members(site.home, "").list()}["bob"] == ("advisor", ())
    assert secret(site.ask("/connections/people", {"action": "password", "login": "bob"}).text)
    assert "this is the last owner" in site.ask("/connections/people", {"action": "remove", "login": "ann@x.org"}).text
    assert site.ask("/connections/people", {"action": "remove", "login": "bob"}).status_code == 303
    assert [one.login for one in Members(site.home, "").list()] == ["ann@x.org"]
    assert site.said()[0] == "ann people.remove"


def test_a_platform_is_registered_named_courses_and_removed(site: Site) -> None:
    assert f"{BASE}/lti/launch" in site.ask("/connections/platforms").text
    given = {"action": "add", "name": "moodle", "issuer": "https://m.test", "client_id": "c",
             "login_url": "https://m.test/a", "keys_url": "https://m.test/k", "deployments": "1, 2",
             "course_from": "map", "administrators": "x"}  # fmt: skip
    Members(site.home, "cli").add("ann", "", "owner", "correct horse battery", [])
    for wrong, said in (
        ({"name": "Bad Name"}, "cannot name a platform"),
        ({"keys": "{"}, "is no JWK set"),
        ({"issuer": "<script>"}, "Platform ID (issuer): is no web address"),
        ({"login_url": "nope"}, "Authentication request URL: is no web address"),
        ({"keys_url": ""}, "Public keyset URL of the platform: "),
    ):
        answer = unescape(site.ask("/connections/platforms", given | wrong).text)
        assert said in answer and "--" not in answer.split('id="fault"')[1].split("</p>")[0]
    assert site.ask("/connections/platforms", given).status_code == 303
    (kept,) = Platforms(site.home, "").list()
    assert (kept.deployments, kept.course_from, kept.administrators) == (("1", "2"), "map", "teacher")
    site.ask("/connections/platforms", {"action": "map", "name": "moodle", "context": "7", "course": "maths"})
    assert "<bdi>7</bdi> → <bdi>maths</bdi>" in site.ask("/connections/platforms").text
    again = site.ask("/connections/platforms", given)
    assert again.status_code == 422 and 'value="https://m.test"' in again.text
    assert site.ask("/connections/platforms", {"action": "remove", "name": "moodle"}).status_code == 303
    assert site.said() == ["ann lti.remove", "ann lti.map", "ann lti.add", "cli people.add"]


def test_a_webhook_is_added_tested_stopped_resumed_and_removed(site: Site) -> None:
    page = site.ask(
        "/connections/webhooks", {"action": "add", "url": "https://hook.invalid/", "kind.alert.opened": "1"}
    )
    assert secret(page.text).startswith("whsec_")
    (hook,) = Webhooks(site.home).every("main")
    assert hook.kinds == ("alert.opened",)
    tested = site.ask("/connections/webhooks", {"action": "test", "webhook": hook.webhook})
    assert tested.status_code == 422 and 'id="fault"' in tested.text
    assert tested.text.count("checked") == len(WEBHOOK_KINDS), "the form for another is as it was"
    for action, state in (("stop", "Stopped"), ("resume", "Works")):
        assert site.ask("/connections/webhooks", {"action": action, "webhook": hook.webhook}).status_code == 303
        assert state in site.ask("/connections/webhooks").text
    assert secret(site.ask("/connections/webhooks", {"action": "rotate", "webhook": hook.webhook}).text)
    site.ask("/connections/webhooks", {"action": "remove", "webhook": hook.webhook})
    assert Webhooks(site.home).every("main") == []
    assert site.said()[:4] == [
        "ann webhook.removed",
        "ann webhook.rotated",
        "ann webhook.resumed",
        "ann webhook.stopped",
    ]


def test_a_replayed_message_is_an_event_of_its_learner(site: Site) -> None:
    told = Tracked("caliper", "k", "ada", "MediaEvent.Muted", NOW, {"group": {"id": "g"}}, "it names no course")
    (kept,) = sort_messages([told], EventsPolicy(), NOW).unmapped
    assert kept.reason == "it names no course"
    names = policy_of('[events.names."MediaEvent.Muted"]\nverb = "content_viewed"\ncourse = ["group.id"]\n')
    (event,) = sort_messages([told], names.events, NOW).events
    assert isinstance(event, Event) and event.learner == "ada"
