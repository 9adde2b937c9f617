"""The address of the store: what is understood, what is refused, and that no password is ever shown."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.store import open_database
from staycourse.adapters.store.address import FileAddress, ServerAddress, read_address
from staycourse.kernel import BadSettings, StaycourseError, StorageFault

SECRET = "SeCrEt"
AROUND = st.text("a@:/?#%&=[] \\'\"", max_size=4)


@pytest.mark.parametrize(
    ("given", "host", "port", "encryption"),
    [
        ("postgresql://u:p@h/d", "h", 5432, "prefer"),
        ("postgres://u:p@h:6000/d?sslmode=require", "h", 6000, "require"),
        ("postgresql+pg8000://u:p@/d?host=/run/postgresql", "/run/postgresql", 5432, "prefer"),
        ("postgresql://u:p@[::1]:6000/d?sslmode=verify-full&sslrootcert=/ca.pem", "::1", 6000, "verify-full"),
    ],
)
def test_servers_are_understood(given: str, host: str, port: int, encryption: str) -> None:
    found = read_address(given)
    assert isinstance(found, ServerAddress)
    assert (found.user, found.password, found.database) == ("u", "p", "d")
    assert (found.host, found.port, found.encryption) == (host, port, encryption)


def test_files_are_understood(tmp_path: Path) -> None:
    assert read_address(tmp_path / "a.db") == FileAddress(tmp_path / "a.db")
    assert read_address(f"sqlite:///{tmp_path}/a.db") == FileAddress(tmp_path / "a.db")


@pytest.mark.parametrize(
    "given",
    [
        "", "store.db", "mysql://u:SeCrEt@h/d", "postgresql+psycopg://u:SeCrEt@h/d", "sqlite://", "sqlite:///:memory:",
        "postgresql://u:SeCrEt@h", "postgresql://:SeCrEt@h/d", "postgresql://h/d", "postgresql://u:SeCrEt@h:port/d",
        "postgresql://u:SeCrEt@h/d?sslmode=SeCrEt", "postgresql://u@h/d?password=SeCrEt", "postgresql://u:x@SeCrEt@h/d",
        "postgresql://u:SeCrEt@h/d?host=a&host=b",
    ],
)  # fmt: skip
def test_others_are_refused_with_a_hint_and_without_their_text(given: str) -> None:
    with pytest.raises(BadSettings, match=r"STAYCOURSE_STORE: .*postgresql://user:password@host/database") as refused:
        read_address(given)
    assert SECRET not in str(refused.value)


@given(AROUND, AROUND)
def test_no_password_is_shown_however_badly_it_is_written(before: str, after: str) -> None:
    try:
        found = read_address(f"postgresql://u:{before}{SECRET}{after}@127.0.0.1:1/db")
    except StaycourseError as error:
        assert SECRET not in str(error)
    else:
        assert SECRET not in found.shown + repr(found)


@given(AROUND, AROUND)
def test_what_cannot_be_reached_is_named_without_its_password(before: str, after: str) -> None:
    password = quote(before + SECRET + after, safe="")
    with pytest.raises(StorageFault, match=r"u:\*\*\*@127\.0\.0\.1:1/db: the server does not answer") as refused:
        open_database(f"postgresql://u:{password}@127.0.0.1:1/db")
    assert SECRET not in str(refused.value) + repr(refused.value.__cause__)
