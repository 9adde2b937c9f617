"""Tables keep whole what people copy out of them, and are a line a row where a program reads them."""

from __future__ import annotations

import pytest

from staycourse.cli.show import show_table

KEY = "9b2dc5c12ce9b35e"
ROWS = [[KEY, "our LMS", "read write", "live", "2026-11-22T06:42+00:00", "2026-11-22T06:42+00:00", "x" * 90]]


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    show_table(["key", "name", "for", "state", "created", "last used", "why"], ROWS)
    return capsys.readouterr().out


def test_a_row_is_one_line_to_a_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = [line for line in shown(capsys).splitlines() if KEY in line]
    assert len(lines) == 1 and all(cell in lines[0] for cell in ROWS[0])


def test_a_name_is_not_broken_where_columns_are_few(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = shown(capsys).splitlines()
    assert any(KEY in line for line in lines) and max(map(len, lines)) <= 80
