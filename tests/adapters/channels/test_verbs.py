"""The verbs `channels` and `templates`, as an operator meets them."""

from __future__ import annotations

import json
import re
import string
from importlib import resources
from pathlib import Path

import pytest
from channel_worlds import EmailWorld, closed_port
from small_platform import Run

MAIL = """
[[channels]]
name = "email"
kind = "email"
host = "127.0.0.1"
port = {port}
security = "none"
from = "care@school.example"
"""
VERBS = (
    ("channels",), ("channels", "test"), ("channels", "intake"), ("channels", "vapid-keys"), ("templates",),
    ("templates", "show"),
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    return place


def test_without_a_file_there_are_the_inbox_and_the_file(run: Run, home: Path) -> None:
    code, out, _ = run("--json", "channels")
    rows = json.loads(out)
    assert code == 0 and [(row["name"], row["kind"], row["state"]) for row in rows] == [
        ("inbox", "inbox", "ok"), ("file", "file", "ok"),
    ]  # fmt: skip
    assert "nobody is reached" in run("channels")[1]


def test_a_test_send_says_what_became_of_it(run: Run, home: Path) -> None:
    world = EmailWorld(home)
    try:
        (home / "channels.toml").write_text(MAIL.format(port=world.port))
        code, out, _ = run("channels", "test", "email", "ann@learner.example")
        assert code == 0 and re.match(r"email: taken, the provider calls it <k\..*@school.example>\n", out)
        assert world.seen()[0].subject == "A test from staycourse"
        world.mode = "permanent"
        code, _, err = run("channels", "test", "email", "ann@learner.example")
        assert code == 1 and "550" in err and err.count("\n") == 1
    finally:
        world.close()


def test_what_cannot_be_is_one_clear_line(run: Run, home: Path) -> None:
    code, _, err = run("channels", "test", "pigeon", "ann")
    assert code == 2 and "pigeon" in err and "inbox, file" in err
    with closed_port() as port:
        (home / "channels.toml").write_text(MAIL.format(port=port))
        code, _, err = run("channels", "test", "email", "ann@learner.example")
        assert code == 1 and "cannot be reached" in err and err.count("\n") == 1
        assert json.loads(run("--json", "channels")[1])[0]["state"] == "bad"
    (home / "channels.toml").write_text('[[channels]]\nname = "email"\nkind = "emial"\n')
    code, _, err = run("channels")
    assert code == 2 and "channels.toml, line 3" in err and err.count("\n") == 1


def test_intake_only_looks_until_something_keeps_what_it_reads(run: Run, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "1.eml").write_bytes(
        b"From: ann@learner.example\r\nIn-Reply-To: <x@y.example>\r\nSubject: Yes\r\n\r\nhi\r\n"
    )
    reports = json.loads(run("channels", "intake", folder, "--json")[1])
    assert [(one["kind"], one["message_id"]) for one in reports] == [("reply", "<x@y.example>")]
    code, out, err = run("channels", "intake", folder)
    assert code == 0 and "ann@learner.example" in out and "only a look" in err
    assert run("channels", "intake", tmp_path / "nowhere")[0] == 2


def test_keys_for_web_push_are_fresh(run: Run) -> None:
    first, second = (json.loads(run("channels", "vapid-keys", "--json")[1]) for _ in range(2))
    assert first["private"] != second["private"] and len(first["public"]) == 87


def test_templates_are_listed_and_shown(run: Run) -> None:
    rows = json.loads(run("templates", "--json")[1])
    names = {row["id"] for row in rows}
    assert len(names) > 30 and len(rows) == 2 * len(names) and {row["language"] for row in rows} == {"en", "zh-CN"}
    code, out, _ = run("templates", "show", "welcome", "--language", "zh-CN")
    assert code == 0 and "安娜同学，你好！" in out
    assert "<html" in run("templates", "show", "welcome", "--html")[1]
    code, _, err = run("templates", "show", "farewell")
    assert code == 2 and "farewell" in err


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_verb_explains_itself(
    run: Run, verb: tuple[str, ...], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", language)
    code, out, _ = run(*verb, "--help")
    assert code == 0 and "--home" in out and "cli." not in out


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    said = {}
    for language in ("en", "zh_CN"):
        text = (resources.files("staycourse") / "locale" / language / "channels.po").read_text("utf-8")
        found = re.findall(r'(?m)^msgid "(.+)"\nmsgstr "(.+)"$', text)
        assert len(found) == len(dict(found)) > 50
        said[language] = {
            key: {name for _, name, _, _ in string.Formatter().parse(words) if name} for key, words in found
        }
    assert said["en"] == said["zh_CN"]
