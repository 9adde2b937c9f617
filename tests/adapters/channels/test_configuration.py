"""`channels.toml`: what is wrong is told by line and field, and no secret ever stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from channel_worlds import CLOCK, FileWorld, outgoing

from staycourse.adapters.channels import open_channels, read_channels
from staycourse.kernel import BadSettings

MAIL = '[[channels]]\nname = "mail"\nkind = "email"\nhost = "smtp.example"\nfrom = "care@school.example"\n'


def refusal(text: str) -> str:
    with pytest.raises(BadSettings) as raised:
        read_channels(text)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_without_a_file_there_are_the_inbox_and_the_file(tmp_path: Path) -> None:
    opened = open_channels(None, "channels.toml", {}, tmp_path, None, clock=CLOCK)
    assert [(name, channel.kind) for name, channel in opened.items()] == [("inbox", "inbox"), ("file", "file")]
    assert open_channels("", "channels.toml", {}, tmp_path, None) == {}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (MAIL + "port = 0\n", "line 6, channels[0].port", "below 1"),
        (MAIL + 'prot = 25\n', "line 6, channels[0].prot", "there is no field 'prot'"),
        (MAIL + 'security = "ssl"\n', "line 6, channels[0].security", "ssl"),
        (MAIL + MAIL, "line 7, channels[1].name", "already"),
        ('[[channels]]\nname = "x"\nkind = "pigeon"\n', "line 3, channels[0].kind", "pigeon"),
        ('[[channels]]\nkind = "inbox"\n', "line 1, channels[0]", "name"),
        ('[[channels]]\nname = "A b"\nkind = "inbox"\n', "line 2, channels[0].name", "regex"),
        (MAIL + 'username = "u"\n', "channels[0].password_env", "both"),
        (MAIL + 'username = "u"\npassword_env = "P"\nsecurity = "none"\n', "line 8, channels[0].security", "openly"),
        (MAIL.replace("care@school.example", "care@school.example\\nBcc: x@y.example"), "line 5", "regex"),
        ('[[channels]]\nname = "f"\nkind = "file"\nfile = "../../x"\n', "line 4, channels[0].file", "regex"),
        ('[[channels]]\nname = "f"\nkind = "file"\n[[channels]]\nname = "g"\nkind = "file"\n', "channels", "same file"),
        ('[[channels]]\nname = "w"\nkind = "webhook"\nsecret_env = "S"\nurl = "ftp://a"\n', "line 5", "regex"),
        ("[[channels]\n", "line 1", "channels.toml"),
        ("[channels]\n", "channels", "list"),
        ("smtp = 1\n", "line 1, smtp", "no field"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_line_and_field(text: str, where: str, what: str) -> None:
    told = refusal(text)
    assert where in told and what in told and told.startswith("channels.toml")


@pytest.mark.parametrize(
    "line",
    ['password = "hunter-2"', 'secret = "hunter-2"', 'token = "hunter-2"', 'private_key = "hunter-2"',
     'password_env = "hunter-2"', 'url = "https://u:hunter-2@a.example"', 'key = "hunter-2"'],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["email", "apprise", "webpush", "webhook", "inbox", "pigeon"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(line: str, kind: str) -> None:
    told = refusal(f'[[channels]]\nname = "x"\nkind = "{kind}"\n{line}\n')
    assert "hunter" not in told
    if not line.startswith(("password_env", "url")):
        assert "line 4" in told and "_env" in told


def test_the_documentations_examples_are_right() -> None:
    page = (Path(__file__).parents[3] / "docs" / "channels.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 5
    for example in examples:
        assert read_channels(example)


def test_a_line_cut_short_by_a_kill_is_mended(tmp_path: Path) -> None:
    world = FileWorld(tmp_path)
    world.channel().send(outgoing("ann", key="a"))
    place = tmp_path / "outbox.jsonl"
    whole = place.read_bytes()
    place.write_bytes(whole + whole[: len(whole) // 2])
    world.channel().send(outgoing("ann", key="b"))
    assert [seen.key for seen in world.seen()] == ["a", "b"]


def test_two_processes_write_a_key_once(tmp_path: Path) -> None:
    world = FileWorld(tmp_path)
    first, second = world.channel(), world.channel()
    for channel in (first, second, first, second):
        channel.send(outgoing("ann", key="a"))
    second.send(outgoing("ann", key="b"))
    first.send(outgoing("ann", key="b"))
    assert [seen.key for seen in world.seen()] == ["a", "b"]


def test_an_emptied_file_begins_anew(tmp_path: Path) -> None:
    world = FileWorld(tmp_path)
    channel = world.channel()
    channel.send(outgoing("ann", key="a"))
    (tmp_path / "outbox.jsonl").write_bytes(b"")
    channel.send(outgoing("ann", key="a"))
    assert len(world.seen()) == 1
