"""`staycourse policy` as an operator meets it, with whatever file is put before it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_platform import Run

VERBS = ("check", "show", "history", "accept", "rollback", "backtest", "propose", "budget")
SPAN = ("--from", "2024-02-01", "--to", "2024-02-22")


@pytest.fixture
def home(night_home: Path) -> Path:
    return night_home


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    place = tmp_path / "candidate.toml"
    place.write_text("[alerts]\nminimum_risk = 0.3\n")
    return place


def test_a_file_is_checked_and_compared(run: Run, candidate: Path) -> None:
    code, out, _ = run("policy", "check", candidate)
    assert code == 0 and "alerts.minimum_risk" in out and "0.6 → 0.3" in out
    told = json.loads(run("policy", "check", candidate, "--json")[1])
    assert told["changes"] == [
        {"field": "alerts.minimum_risk", "kind": "changed", "old": 0.6, "new": 0.3, "title": None}
    ]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[alerts", b"alerts = 3\n", b"[alerts]\nminimum_risk = 7\n", b"version = 3\n", b"x" * 2_000_000,
     b"a = " + b"[" * 5000, b"[alerts]\nminimum_risk = nan\n", b"rules = [1]\n", b"\x00"],
)  # fmt: skip
def test_a_hostile_file_is_one_clear_line(run: Run, tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "bad.toml"
    place.write_bytes(content)
    for verb in (("check", place), ("accept", place, "--note", "x"), ("backtest", place, *SPAN)):
        code, _, err = run("policy", *verb)
        assert code == 2 and err.startswith("staycourse: ") and err.count("\n") == 1 and "internal" not in err, err
    assert json.loads(run("policy", "history", "--json")[1]) == []


def test_accept_show_history_and_rollback(run: Run, home: Path, candidate: Path) -> None:
    code, out, _ = run("policy", "accept", candidate, "--note", "fewer missed", "--by", "ann")
    assert code == 0 and "Version 2" in out
    assert "nothing changed" in run("policy", "accept", candidate, "--note", "again")[1]
    assert run("policy", "show")[1] == candidate.read_text()
    assert json.loads(run("nightly", "--json")[1])["policy_version"] == 2
    assert run("policy", "rollback", "1", "--note", "too many")[0] == 0
    entries = json.loads(run("policy", "history", "--json")[1])
    assert [(entry["version"], entry["note"]) for entry in entries][:2] == [(3, "too many"), (2, "fewer missed")]
    assert json.loads(run("nightly", "--json")[1])["policy_version"] == 3
    assert "fewer missed" in run("policy", "history")[1]


def test_a_candidate_is_tried_on_the_past(run: Run, home: Path, candidate: Path) -> None:
    code, out, err = run("policy", "backtest", candidate, *SPAN, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["candidate"]["total"]["alerts"] >= told["today"]["total"]["alerts"]
    code, out, _ = run("policy", "backtest", candidate, *SPAN)
    assert code == 0 and "policy." not in out and "precision" in out


def test_a_budget_is_fitted_and_written(run: Run, home: Path, tmp_path: Path) -> None:
    place = tmp_path / "budget.toml"
    code, out, err = run("policy", "budget", "--per-day", "2", *SPAN, "--write", place)
    assert code == 0 and "A budget of 2 a day" in out, err
    assert run("policy", "check", place)[0] == 0
    code, _, err = run("policy", "budget", "--per-day", "2", *SPAN, "--write", place)
    assert code == 2 and "already" in err
    assert run("policy", "budget", "--per-day", "", *SPAN)[0] == 2


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_verb_explains_itself(run: Run, verb: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", language)
    code, out, _ = run("policy", verb, "--help")
    assert code == 0 and "--home" in out and "cli." not in out
    assert ("目录" in out) == (language == "zh-CN")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("accept", "nowhere.toml", "--note", "x"), "nowhere.toml"),
        (("rollback", "7", "--note", "x"), "no version 7"),
        (("accept", "nowhere.toml"), "--note"),
        (("show", "--version", "4"), "no version 4"),
        (("budget", "--per-day", "many"), "many"),
        (("propose",), "import"),
    ],
)
def test_what_cannot_be_is_one_clear_line(run: Run, arguments: tuple[str, ...], word: str) -> None:
    code, _, err = run("policy", *arguments)
    assert code in (1, 2) and err.startswith("staycourse: ") and word in err and err.count("\n") == 1


def test_a_new_playbook_is_told_in_words(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text(
        '[care.caps]\nper_day = 0\n[playbooks.mine]\ntitle = { en = "Mine", zh_CN = "我的" }\n'
        'enter = { causes = ["too_hard", "price"], tiers = ["core"] }\n'
        'steps = [{ id = "hello", do = "send", template = "welcome", channels = ["pigeon"] }]\n'
    )
    code, out, _ = run("policy", "check", place)
    assert code == 0 and "“Mine”" in out and "1 step" in out and "too hard" in out.lower() and "{" not in out
    assert "Look at this: care.caps.per_day is 0: nothing would be sent" in out
    assert "the channel 'pigeon' is not set up here" in out
    told = json.loads(run("policy", "check", place, "--json")[1])
    assert len(told["warnings"]) == 2


def test_who_accepts_is_known_without_a_login(
    run: Run, home: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert run("policy", "accept", candidate, "--note", "why")[0] == 0
    assert json.loads(run("policy", "history", "--json")[1])[0]["author"] not in ("", None)


def test_a_tick_tells_of_a_policy_file_that_is_not_in_force(run: Run, tmp_path: Path) -> None:
    assert "policy.toml" not in run("tick")[2]
    (tmp_path / "home" / "policy.toml").write_text("[alerts]\nminimum_risk = 0.3\n")
    code, _, err = run("tick")
    assert code == 0 and err.count("policy.toml differs from what is in force (version 0)") == 1
    assert "differs from what is in force" in run("doctor", "--json")[1]
