"""Read a policy: the operator's file over the defaults, checked against the catalogue of signals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from staycourse.kernel import BadPolicy
from staycourse.policy.checks import Fault, faults
from staycourse.policy.event_checks import mapping_faults
from staycourse.policy.files import OperatorFile
from staycourse.policy.playbook_checks import care_faults
from staycourse.policy.records import Policy
from staycourse.policy.setup_checks import Setup, template_faults

EXTRA_SIGNALS = ("course_day", "days_in")
"""What the rules' conditions may name beside the catalogue: days since the course started, and since the learner
could begin (since the later of the course's start and enrolling, negative before the start).
"""

POLICY_FILE = OperatorFile("the policy", "docs/policy.md", BadPolicy)


@cache
def default_policy_text() -> str:
    """Return the default policy: the tables of the domain, each with its comment."""
    return "".join(_shipped(name) for name in ("default.toml", "care.toml", "events.toml"))


def scenes() -> tuple[str, ...]:
    """Return the names of the scene presets that ship with the product."""
    folder = files("staycourse.policy") / "scenes"
    return tuple(sorted(place.name.removesuffix(".toml") for place in folder.iterdir()))


@cache
def scene_text(scene: str) -> str:
    """Return the preset of one of `scenes()`."""
    return _shipped(f"scenes/{scene}.toml")


def _shipped(name: str) -> str:
    return files("staycourse.policy").joinpath(name).read_text(encoding="utf-8")


def load_policy(
    text: str,
    *,
    signals: Collection[str],
    source: str = "policy.toml",
    version: int = 0,
    base: str | None = None,
) -> Policy:
    """Return the policy that `text` (TOML) states; what it leaves out is taken from `base` (the default).

    A table is laid over the default (and the scene's preset, where one is named) key by key; a list (rules, scorecard
    items, causes, a playbook's steps) replaces the one below whole. `signals` are the names that conditions may use.
    BadPolicy names the line and field of the first fault; `source` is how it names the file.
    """
    given = POLICY_FILE.parse(text, source)
    merged = POLICY_FILE.parse(default_policy_text() if base is None else base, "default policy")
    if given.get("scene") in scenes():
        merged = _overlay(merged, POLICY_FILE.parse(scene_text(given["scene"]), f"scene {given['scene']}"))
    merged = _overlay(merged, given)
    if "version" in merged:  # the store numbers versions; a file cannot
        fault = Fault(("version",), "a policy file does not number itself", "leave it out")
        raise POLICY_FILE.placed(fault, text, source)
    policy = POLICY_FILE.convert(merged | {"version": version}, Policy, text, source)
    known = frozenset(signals)
    about = (policy, known, EXTRA_SIGNALS)
    for fault in chain(faults(*about), care_faults(*about), mapping_faults(policy.events)):
        raise POLICY_FILE.placed(fault, text, source)
    return policy


def require_templates(policy: Policy, setup: Setup, text: str, source: str) -> None:
    """Raise BadPolicy, with line and field in `text`, for a step whose template there is none of."""
    for fault in template_faults(policy, setup):
        raise POLICY_FILE.placed(fault, text, source)


def _overlay(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in given.items():
        below = merged.get(key)
        merged[key] = _overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
