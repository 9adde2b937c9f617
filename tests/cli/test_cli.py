"""The command line as an operator meets it: from files to who needs care, one clear line when something is wrong."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_platform import AS_OF, Run

from staycourse import __version__

VERBS = (
    "demo", "serve", "import", "nightly", "risks", "learner", "churn-definition", "backtest", "signals", "doctor",
)  # fmt: skip


@pytest.fixture
def home(night_home: Path) -> Path:
    """Give a home with the platform's events and one night."""
    return night_home


def test_from_files_to_who_needs_care(run: Run, home: Path) -> None:
    code, out, _ = run("--json", "risks", "--top", "60")
    risks = json.loads(out)
    assert code == 0 and len(risks) == 60 and {risk["as_of"] for risk in risks} == {AS_OF}
    silent = {risk["learner"] for risk in risks if risk["absent_days"] >= 7}
    assert silent == {f"learner-{number:02d}" for number in range(0, 60, 4)}
    assert silent == {risk["learner"] for risk in risks[: len(silent)]}, "the silent ones are most at risk"
    first = risks[0]
    assert first["reasons"] and first["rules"] and first["cause"]
    assert all("{" not in reason["words"] and reason["words"] != reason["signal"] for reason in first["reasons"])


def test_nothing_is_suggested_for_who_is_held_out(run: Run, home: Path) -> None:
    (home / "policy.toml").write_text("[care.holdout]\nshare = 0.5\n", "utf-8")
    assert run("nightly")[0] == 0 and run("tick")[0] == 0
    assert run("export", "alerts", "--out", home / "alerts.csv")[0] == 0
    with (home / "alerts.csv").open() as lines:
        alerts = {(row["learner"], row["cause"]): row["settled"] for row in csv.DictReader(lines)}
    held = {key for key, settled in alerts.items() if settled == "held_out"}
    told = {(risk["learner"], risk["cause"]): risk["suggestion"] for risk in json.loads(run("--json", "risks")[1])}
    assert held and not held & {key for key, suggestion in told.items() if suggestion}
    assert any(told[key] for key in alerts.keys() - held)
    learner = min(held)[0]
    story = json.loads(run("--json", "learner", learner)[1])
    assert [one["now"]["suggestion"] for one in story["enrolments"] if one["now"]] == [""]


def test_a_cold_start_says_so(run: Run, events_file: Path) -> None:
    run("import", "events", events_file)
    code, out, _ = run("nightly")
    assert code == 0 and "cold start" in out


def test_a_night_run_twice_changes_nothing(run: Run, home: Path) -> None:
    before = run("risks", "--json", "--top", "100")[1]
    code, out, _ = run("nightly", "--json")
    assert code == 0 and json.loads(out)["counts"]["events"] == 0
    assert run("risks", "--json", "--top", "100")[1] == before


def test_importing_twice_changes_nothing(run: Run, events_file: Path, tmp_path: Path) -> None:
    assert run("import", "events", events_file)[0] == 0
    assert run("nightly")[0] == 0
    assert json.loads(run("import", "events", events_file, "--json")[1])["already"] is True
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(events_file.read_bytes())
    assert json.loads(run("import", "events", copy, "--json")[1])["events"] > 0
    counts = json.loads(run("nightly", "--json")[1])["counts"]
    assert counts["repeated"] == counts["events"] > 0


def test_the_shared_options_stand_before_or_after_the_verb(run: Run, events_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run("import", "events", events_file, "--home", other, "--tenant", "t2")
    run("--home", other, "--tenant", "t2", "nightly")
    before = run("--home", other, "--tenant", "t2", "--json", "risks")
    after = run("risks", "--home", other, "--tenant", "t2", "--json")
    assert before == after and before[0] == 0
    assert run("risks", "--home", other, "--tenant", "t3")[0] == 2, "another tenant sees nothing"


def test_options_have_environment_twins(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_RISKS_TOP", "3")
    monkeypatch.setenv("STAYCOURSE_JSON", "1")
    assert len(json.loads(run("risks")[1])) == 3


def test_one_learner_is_told(run: Run, home: Path) -> None:
    code, out, _ = run("learner", "learner-04", "--json")
    story = json.loads(out)
    assert code == 0 and story["enrolments"][0]["state"] == "open" and story["timeline"]
    (risk,) = [one for one in json.loads(run("risks", "--json")[1]) if one["learner"] == "learner-04"]
    assert story["enrolments"][0]["now"]["reasons"] == risk["reasons"] and risk["reasons"][0]["words"]
    assert "learner-04" not in run("learner", "learner-04")[2]
    assert "Nothing of this learner" in run("learner", "learner-04", "--before", "2001-01-01")[1]
    code, _, told = run("learner", "nobody-at-all")
    assert code == 2 and "is seen by the next night" in told, "whoever came today is not known yet"
    assert "learner-04" in story["learner"]["learner"]


def test_the_churn_definition_is_told(run: Run, home: Path) -> None:
    code, out, _ = run("churn-definition", "--json")
    definition = json.loads(out)
    assert code == 0 and definition["horizon_days"] == 14
    assert {curve["course"] for curve in definition["courses"]} == {"maths", "english"}
    assert run("churn-definition")[0] == 0


def test_the_catalogue_is_told_in_words(run: Run) -> None:
    code, out, _ = run("signals", "--json")
    signals = json.loads(out)
    assert code == 0 and len(signals) >= 40
    assert all(row["meaning"] and not row["meaning"].startswith("signal.") for row in signals)


def test_the_doctor_finds_a_home_well_and_a_broken_policy_bad(run: Run, home: Path) -> None:
    code, out, _ = run("doctor", "--json")
    assert code == 0 and {finding["state"] for finding in json.loads(out)} <= {"ok", "warn"}
    (home / "policy.toml").write_text("[churn]\nhorizon_days = 'soon'\n")
    code, out, _ = run("doctor", "--json")
    policy = next(finding for finding in json.loads(out) if finding["check"] == "policy")
    assert code == 1 and policy["state"] == "bad" and re.search(r"line 2.*horizon_days", policy["detail"])


def test_the_doctor_tells_its_figures_in_chinese(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", "zh-CN")
    out = run("doctor")[1].replace("\n", "")
    assert home.exists()
    for said in ("租户 main", "最近一次夜间计算为", "等待的事件", "可用空间", "流失判定天数", "规则"):
        assert said in out
    assert not re.search(r"\b(tenant|night|segments|bytes|events|free|version|horizon|rules)\b", out)


def test_a_policy_file_is_taken_as_a_new_version(run: Run, home: Path) -> None:
    (home / "policy.toml").write_text("[churn]\nhorizon_days = 10\n")
    assert json.loads(run("nightly", "--json")[1])["policy_version"] == 2
    assert json.loads(run("churn-definition", "--json")[1])["horizon_days"] == 10


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_verb_explains_itself(run: Run, verb: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_LANGUAGE", language)
    code, out, _ = run(verb, "--help")
    assert code == 0 and "--home" in out and "cli." not in out
    assert ("目录" in out) == (language == "zh-CN")


def test_the_version_is_told(run: Run) -> None:
    assert __version__ in run("--version")[1]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["import", "csv", "x"], "format"),
        (["import", "events", "missing.csv"], "no such file"),
        (["nightly"], "import"),
        (["nightly", "--as-of", "2030-01-01"], "not passed"),
        (["nightly", "--as-of", "tomorrow"], "YYYY-MM-DD"),
        (["risks"], "there is no home"),
        (["learner", "nobody"], "there is no home"),
        (["doctor"], "there is no home"),
        (["fly"], "fly"),
        (["risks", "--top", "0"], "--top"),
        (["serve", "--host", "0.0.0.0"], "loopback"),
        (["serve", "--host", "example.org"], "is not an IP address"),
        (["risks", "--tenant", "../x"], "tenant"),
        (["backtest"], "--train-until"),
    ],
)
def test_what_cannot_be_is_one_clear_line(run: Run, arguments: list[str], word: str) -> None:
    code, _, err = run(*arguments)
    steps, _, line = err.rstrip("\n").rpartition("\n")
    assert code in (1, 2) and line.startswith("staycourse: ") and word in line
    assert "staycourse: " not in steps and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["risks"], ["learner", "ann"], ["churn-definition"], ["doctor"], ["backup", "x.tar"],
        ["export", "risks", "--out", "x.csv"],
        ["backtest", "--train-until", "2014-01-01", "--test-from", "2014-02-01"],
    ],
)  # fmt: skip
def test_who_only_looks_makes_no_home(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    mistyped = tmp_path / "hoem"
    code, _, err = run(*arguments, "--home", mistyped)
    assert (code, mistyped.exists()) == (2, False)
    assert str(mistyped) in err and "there is no home" in err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["risks"], "nightly"), (["learner", "nobody"], "no night has measured"), (["churn-definition"], "import")],
)
def test_a_home_without_a_night_says_what_to_do(run: Run, arguments: list[str], word: str) -> None:
    assert run("keys", "list")[0] == 0
    code, _, err = run(*arguments)
    assert code in (1, 2) and word in err and err.count("\n") == 1


def test_a_wrong_setting_exits_with_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYCOURSE_THREADS", "many")
    code, _, err = run("doctor")
    assert code == 2 and "STAYCOURSE_THREADS" in err


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"{", b"[1,2", b'{"a": 1}\n', "\ufeff".encode(), b"\xff\xfe"]
)
@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.parquet"])
def test_no_file_brings_a_traceback(run: Run, tmp_path: Path, content: bytes, name: str) -> None:
    place = tmp_path / name
    place.write_bytes(content)
    code, _, err = run("import", "events", place, "--json")
    assert code in (0, 2) or (code == 1 and "nothing was imported" in err)
    assert "internal" not in err


def test_bad_rows_stand_aside_with_line_field_and_reason(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "some.jsonl"
    good = {"event_id": "a", "learner": "l", "verb": "logged_in", "time": "2024-01-01T00:00:00Z"}
    rows = [good, good | {"event_id": "b", "learner": "x" * 10_000}, good | {"event_id": "c", "verb": "flew"},
            good | {"event_id": "d", "time": "2031-01-01T00:00:00Z"}]  # fmt: skip
    place.write_text("\n".join(json.dumps(row) for row in rows) + "\nnot json\n")
    report = json.loads(run("import", "events", place, "--json")[1])
    assert (report["events"], report["rejected"]) == (1, 4)
    side = Path(report["rejected_file"]).read_text()
    for line, field in ((2, "learner"), (3, "verb"), (4, "time"), (5, "")):
        assert re.search(rf"^{line},{field}", side, re.MULTILINE), side


def test_a_second_writer_is_refused_with_the_firsts_pid(run: Run, home: Path) -> None:
    with (home / "home.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate(0)
        held.write("4711\n")
        held.flush()
        code, _, err = run("nightly")
        assert code == 1 and "4711" in err
        assert run("risks")[0] == 0, "reading is allowed"
        assert run("doctor")[0] == 0


def test_a_folder_that_cannot_be_made_is_one_clear_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run("nightly", "--home", tmp_path / "file" / "home")
    assert code == 1 and "--home" in err and err.count("\n") == 1


def test_a_full_disk_is_an_error_and_not_a_loss(tmp_path: Path, events_file: Path) -> None:
    """Writing past the allowed file size fails as a full disk does (EFBIG for ENOSPC); the import goes on later."""
    environment = {**os.environ, "STAYCOURSE_HOME": str(tmp_path / "home"), "STAYCOURSE_LANGUAGE": "en"}
    command = [sys.executable, "-m", "staycourse", "import", "events", str(events_file), "--json"]
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, preexec_fn=limited)
    assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr.count("\n") == 1, done.stderr
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr


def test_a_reader_that_goes_away_is_no_fault(home: Path) -> None:
    command = f"{sys.executable} -m staycourse --home {home} signals | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr and "internal" not in done.stderr


def test_the_reasons_have_room_in_eighty_columns(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = run("risks", "--top", "5")[1]
    rows = [line.split("│")[1:-1] for line in told.splitlines() if line.startswith("│")]
    assert rows and all(len(row) == 5 for row in rows)
    assert max(len(row[-1].strip()) for row in rows) >= 18, told
