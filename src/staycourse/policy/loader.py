"""Read a policy: the operator's file over the defaults, checked against the catalogue of signals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from staycourse.kernel import BadPolicy
from staycourse.policy.checks import Fault, faults
from staycourse.policy.files import OperatorFile
from staycourse.policy.records import Policy

EXTRA_SIGNALS = ("course_day", "days_in")
"""What the rules' conditions may name beside the catalogue: days since the course started, and since the learner
could begin (since the later of the course's start and enrolling, negative before the start).
"""

POLICY_FILE = OperatorFile("the policy", "docs/policy.md", BadPolicy)


@cache
def default_policy_text() -> str:
    """Return the default policy: the tables of the domain, each with its comment."""
    return files("staycourse.policy").joinpath("default.toml").read_text(encoding="utf-8")


def load_policy(
    text: str,
    *,
    signals: Collection[str],
    source: str = "policy.toml",
    version: int = 0,
    base: str | None = None,
) -> Policy:
    """Return the policy that `text` (TOML) states; what it leaves out is taken from `base` (the default).

    A table is laid over the default key by key; a list (rules, scorecard items, causes) replaces the default list
    whole. `signals` are the names that conditions may use. BadPolicy names the line and field of the first fault;
    `source` is how it names the file.
    """
    given = POLICY_FILE.parse(text, source)
    merged = _overlay(POLICY_FILE.parse(default_policy_text() if base is None else base, "default policy"), given)
    if "version" in merged:  # the store numbers versions; a file cannot
        fault = Fault(("version",), "a policy file does not number itself", "leave it out")
        raise POLICY_FILE.placed(fault, text, source)
    try:
        policy = msgspec.convert(merged | {"version": version}, Policy)
    except msgspec.ValidationError as error:
        raise POLICY_FILE.placed(POLICY_FILE.shape_fault(error), text, source) from None
    for fault in faults(policy, frozenset(signals), EXTRA_SIGNALS):
        raise POLICY_FILE.placed(fault, text, source)
    return policy


def _overlay(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in given.items():
        below = merged.get(key)
        merged[key] = _overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
