"""A room's door says what others may use: short enough to be read at a glance, and nothing twice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import staycourse

ROOT = Path(staycourse.__file__).parent
ROOMS = ("care", "desk", "policy", "review", "risk", "signals", "events", "kernel", "client", "tick", "feeling")
DOORS = sorted(door for room in ROOMS for door in (ROOT / room).rglob("__init__.py") if "__all__" in door.read_text())


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.relative_to(ROOT).parent))
def test_a_door_is_under_forty_lines_and_names_each_once(door: Path) -> None:
    text = door.read_text()
    assert text.count("\n") < 40
    (listed,) = [node.value for node in ast.parse(text).body if isinstance(node, ast.Assign)][-1:]
    names = ast.literal_eval(listed)
    assert len(names) == len(set(names)) > 0
