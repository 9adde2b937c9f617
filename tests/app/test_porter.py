"""The people of a home on the command line, and passwords as they are kept."""

from __future__ import annotations

import io
import json

import pytest
from small_platform import Run

from staycourse.app.access import passwords
from staycourse.app.access.porter import network_of
from staycourse.kernel import BadInput


def test_a_password_fits_only_its_own_hash_and_nobodys_fits_none() -> None:
    kept = passwords.hashed("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits("correct horse battery", kept)
    assert not passwords.fits("correct horse batterz", kept)
    assert not passwords.fits("correct horse battery", None)
    assert not passwords.fits("x" * 10_000, kept)
    assert passwords.hashed("correct horse battery") != kept, "each has its own salt"
    assert not passwords.is_old(kept)
    assert passwords.is_old(kept.replace("t=3", "t=2"))


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_has_its_bounds(password: str) -> None:
    with pytest.raises(BadInput, match="12 to 200"):
        passwords.hashed(password)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"), ("", ""), ("no address at all", "no address at all"),
    ],
)  # fmt: skip
def test_a_whole_network_of_ipv6_counts_as_one_place(address: str, place: str) -> None:
    assert network_of(address) == place


def test_people_are_kept_on_the_command_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    code, out, _ = run("people", "add", "Ann@School.example", "--role", "owner", "--password-stdin")
    assert (code, "ann@school.example may sign in" in out) == (0, True)
    code, out, _ = run("people", "add", "tom", "--role", "teacher", "--course", "A", "--generate", "--json")
    made = json.loads(out)
    assert code == 0
    assert len(made["password"]) >= 20
    code, out, _ = run("people", "list", "--json")
    rows = json.loads(out)
    assert [(row["login"], row["role"], row["courses"]) for row in rows] == [
        ("ann@school.example", "owner", []), ("tom", "teacher", ["A"]),
    ]  # fmt: skip
    assert "argon2" not in out
    assert run("people", "role", "tom", "advisor")[0] == 0
    assert run("people", "password", "tom", "--generate")[0] == 0
    assert run("people", "remove", "ann@school.example")[2].count("last owner") == 1
    assert run("people", "remove", "tom")[0] == 0
    assert "people.role" in run("audit")[1]
    assert made["password"] not in run("audit")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "a(b)", "--generate"), "cannot be a name"),
        (("add", "x" * 61, "--generate"), "cannot be a name"),
        (("add", "ann", "--course", "A", "--generate"), "only a teacher"),
        (("add", "ann"), "no terminal"),
        (("role", "nobody", "owner"), "nobody here"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
                                               said: str) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, error = run("people", *arguments)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "url", "said"),
    [
        ("0.0.0.0", "", "STAYCOURSE_CONSOLE_URL"),
        ("0.0.0.0", "https://console.example.org", "nobody can sign in as owner"),
        ("127.0.0.1", "https://console.example.org", "nobody can sign in as owner"),
        ("127.0.0.1", "http://console.example.org", "https only"),
        ("127.0.0.1", "https://console.example.org/path", "not the address"),
        ("127.0.0.1", "https://user@console.example.org", "not the address"),
        ("example.org", "", "not an IP address"),
    ],
)
def test_nothing_is_served_to_others_before_an_owner_can_sign_in(
    run: Run, monkeypatch: pytest.MonkeyPatch, host: str, url: str, said: str
) -> None:
    monkeypatch.setenv("STAYCOURSE_CONSOLE_URL", url)
    code, _, error = run("serve", "--host", host, "--port", "0")
    assert code == 2
    assert said in error
