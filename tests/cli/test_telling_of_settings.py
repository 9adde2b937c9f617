"""Verbs tell of what is written down and not in force, which would make their answer a riddle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, RSAKey
from small_platform import Run

MAPPING = '[events.names."Quiz Answered"]\nverb = "quiz_answered"\nvalue = ["correct"]\n'


def test_a_replay_tells_of_a_policy_that_is_not_in_force(run: Run, night_home: Path) -> None:
    assert "policy.toml" not in run("events", "replay")[2]
    (night_home / "policy.toml").write_text(MAPPING, "utf-8")
    code, _, errors = run("events", "replay")
    assert code == 0 and "accept it with staycourse policy accept" in errors
    assert run("policy", "accept", str(night_home / "policy.toml"), "--note", "quizzes")[0] == 0
    assert "policy.toml" not in run("events", "replay")[2]


@pytest.mark.parametrize("public", ["", "https://care.school.example"])
def test_addresses_that_no_platform_reaches_are_said_to_be_so(
    run: Run, night_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: str
) -> None:
    monkeypatch.setenv("STAYCOURSE_CONSOLE_URL", public)
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KeySet([key]).as_dict(private=False)), "utf-8")
    code, out, errors = run("people", "add", "ann@school.example", "--role", "owner", "--generate")
    assert code == 0, errors
    code, out, errors = run(
        "lti", "add-platform", "lms", "--issuer", "https://lms.example", "--client-id", "a", "--login-url",
        "https://lms.example/auth", "--keys-file", keys, "--deployment", "1",
    )  # fmt: skip
    assert code == 0, errors
    assert f"{public or 'http://127.0.0.1:8765'}/lti/login" in out
    assert ("STAYCOURSE_CONSOLE_URL is not set" in errors) == (not public)
