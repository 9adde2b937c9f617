"""`staycourse webhooks` as an operator uses it."""

from __future__ import annotations

import json

import pytest
from receivers import receiver
from small_platform import Run


def test_from_adding_to_removing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_LOCAL_WEBHOOKS", "1")
    with receiver() as hook:
        code, secret, told = run("webhooks", "add", hook.url, "--on", "alert.opened", "--on", "journey.left")
        assert code == 0 and secret.startswith("whsec_") and "shown this once" in told
        code, listed, _ = run("webhooks", "list", "--json")
        (line,) = json.loads(listed)
        assert line["kinds"] == ["alert.opened", "journey.left"] and line["state"] == "ok"
        assert secret.strip() not in listed and "salt" not in listed
        webhook = line["webhook"]
        assert run("webhooks", "test", webhook[:8])[:2] == (0, "taken\n") and hook.kinds == ["webhook.test"]
        hook.status = 500
        code, out, _ = run("webhooks", "test", webhook[:8])
        assert code == 1 and "500" in out
        code, other, _ = run("webhooks", "rotate", webhook[:8])
        assert code == 0 and other.startswith("whsec_") and other != secret
        assert run("webhooks", "replay", webhook[:8], "--hours", "1")[1] == "1 is told again\n"
        assert run("tick")[0] == 0
        code, listed, _ = run("webhooks", "deliveries", webhook[:8], "--json")
        told = json.loads(listed)
        assert code == 0 and {one["kind"] for one in told} == {"webhook.test"} and all(one["tried"] for one in told)
        assert "webhook.test" in run("webhooks", "deliveries", webhook[:8], "--limit", "1")[1]
        assert run("webhooks", "replay", webhook[:8], "--number", str(told[0]["number"]))[1] == "1 is told again\n"
        assert run("webhooks", "replay", webhook[:8], "--number", "999999")[0] != 0
        assert "alert.opened journey.left" in run("webhooks", "list")[1]
        assert run("webhooks", "remove", webhook[:8])[0] == 0
        code, _, told = run("webhooks", "remove", webhook[:8])
        assert code == 2 and "no webhook" in told
    code, _, out = run("audit", "--json")
    assert code == 0


def test_without_the_setting_only_https_is_taken(run: Run) -> None:
    code, _, told = run("webhooks", "add", "http://127.0.0.1/x")
    assert code == 2 and "https" in told and "STAYCOURSE_LOCAL_WEBHOOKS" in told


def test_one_that_is_told_everything_says_so_in_a_word(run: Run) -> None:
    assert run("webhooks", "add", "https://platform.example.org/hook")[0] == 0
    listed = run("webhooks", "list")[1]
    assert "everything" in listed and "alert" not in listed
