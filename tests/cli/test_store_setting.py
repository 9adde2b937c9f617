"""The whole way from files to who needs care with the store on PostgreSQL, told by one variable."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from databases import PASSWORD, PostgresServer
from small_platform import Run


def outputs(run: Run, events_file: Path) -> list[str]:
    """Import, run the night, and ask; gives what was said."""
    told = [
        run("import", "events", events_file, "--json"),
        run("nightly", "--json"),
        run("risks", "--json", "--top", "60"),
        run("learner", "learner-04", "--json"),
        run("doctor", "--json"),
    ]
    assert [code for code, _, _ in told] == [0] * len(told), told
    assert not any(err for _, _, err in told)
    return [out for _, out, _ in told]


def test_on_postgresql_everything_is_as_in_the_file(
    run: Run, events_file: Path, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file = outputs(run, events_file)
    name = postgres.make_database(schema=False)
    monkeypatch.setenv("STAYCOURSE_HOME", str(tmp_path / "second"))
    monkeypatch.setenv("STAYCOURSE_STORE", postgres.address(name))
    on_server = outputs(run, events_file)
    assert not (tmp_path / "second" / "store.db").exists()
    risks, learner = 2, 3
    assert json.loads(on_server[risks]) == json.loads(in_file[risks])
    assert json.loads(on_server[learner]) == json.loads(in_file[learner])
    (store,) = [found for found in json.loads(on_server[-1]) if found["check"] == "store"]
    assert store["state"] == "ok" and store["detail"].startswith("PostgreSQL ")
    assert f"postgresql://keeper:***@127.0.0.1:{postgres.port}/{name}" in store["detail"]
    assert not any(secret in out for out in on_server for secret in (PASSWORD, quote(PASSWORD, safe="")))
    postgres.drop_database(name)


@pytest.mark.parametrize("verb", ["doctor", "risks"])
def test_a_store_that_cannot_be_had_is_one_line_without_the_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    assert run("keys", "list")[0] == 0  # begins the home
    monkeypatch.setenv("STAYCOURSE_STORE", "postgresql://u:SeCrEt@127.0.0.1:1/d")
    code, out, err = run(verb)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "postgresql://u:***@127.0.0.1:1/d: the server does not answer" in err and "SeCrEt" not in err
    monkeypatch.setenv("STAYCOURSE_STORE", "mysql://u:SeCrEt@127.0.0.1:1/d")
    code, out, err = run(verb)
    assert code == 2 and err.count("\n") == 1 and "STAYCOURSE_STORE" in err and "SeCrEt" not in err
