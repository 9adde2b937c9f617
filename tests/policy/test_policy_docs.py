"""docs/policy.md tells of every field, rule and cause."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from staycourse import policy as room
from staycourse.policy import Policy, default_policy_text, load_policy
from staycourse.signals import SIGNALS_BY_NAME

TEXT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
RECORDS = [record for record in vars(room).values() if isinstance(record, type) and issubclass(record, msgspec.Struct)]


@pytest.mark.parametrize(
    "record", [record for record in RECORDS if record is not Policy], ids=lambda record: record.__name__
)
def test_every_field_is_told(record: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(record):
        assert re.search(rf"`[^`]*\b{field.name}\b[^`]*`", TEXT), field.name


def test_every_rule_cause_and_default_of_the_tables_is_told() -> None:
    policy = load_policy(default_policy_text(), signals=SIGNALS_BY_NAME)
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    for name in [rule.id for rule in policy.rules] + [cause.id for cause in policy.causes.list]:
        assert any(row.startswith(f"| `{name}` |") for row in rows), name
    for rule in policy.rules:
        if rule.cause:
            (row,) = [row for row in rows if row.startswith(f"| `{rule.cause}` |")]
            assert f"`{rule.id}`" in row, rule.id
    for section in (policy.churn, policy.alerts, policy.model):
        for field in msgspec.structs.fields(section):
            (row,) = [row for row in rows if f"`{field.name}`" in row.split("|")[1]]
            value = getattr(section, field.name)
            assert str(value) in row.split("|")[2], field.name
