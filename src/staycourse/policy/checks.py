"""What a well-formed policy must also be: its names must mean something, and its numbers must fit together."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from staycourse.kernel import as_wording, worded
from staycourse.policy.base import Condition
from staycourse.policy.lines import Path
from staycourse.policy.records import Policy


class Fault(NamedTuple):
    """One thing that is wrong: the path of its field, what, and how to mend it."""

    path: Path
    what: str
    mend: str


def faults(policy: Policy, signals: Collection[str], extra: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with `policy`, given the names of the `signals`; rules may name the `extra` ones too."""
    yield from _churn(policy)
    yield from _alerts(policy)
    yield from _tiers(policy, signals)
    yield from _rules(policy, {*signals, *extra})
    yield from _scorecard(policy, signals)
    yield from _causes(policy, signals)


def _churn(policy: Policy) -> Iterator[Fault]:
    churn = policy.churn
    if churn.shortest_days > churn.longest_days:
        yield Fault(
            ("churn", "shortest_days"),
            worded("{shortest_days} is more than longest_days", shortest_days=churn.shortest_days),
            "lower it",
        )


def _alerts(policy: Policy) -> Iterator[Fault]:
    alerts = policy.alerts
    if alerts.minimum_risk_with_rule > alerts.minimum_risk:
        yield Fault(
            ("alerts", "minimum_risk_with_rule"), "a rule would make an alert harder than the risk alone", "lower it"
        )


def _tiers(policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    for key, name in (("paid_signal", policy.tiers.paid_signal), ("activity_signal", policy.tiers.activity_signal)):
        if name not in signals:
            yield Fault(("tiers", key), worded("there is no signal {name!r}", name=name), nearest(name, signals))
    if len(set(policy.tiers.by)) < len(policy.tiers.by):
        yield Fault(("tiers", "by"), "a measure stands twice", "name each once")


def _rules(policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    causes = {cause.id for cause in policy.causes.list}
    for place, rule in enumerate(policy.rules):
        path: Path = ("rules", place)
        if rule.id in seen:
            yield Fault((*path, "id"), worded("there are two rules {id!r}", id=rule.id), "rename one")
        seen.add(rule.id)
        if rule.cause and rule.cause not in causes:
            yield Fault(
                (*path, "cause"), worded("there is no cause {cause!r}", cause=rule.cause), nearest(rule.cause, causes)
            )
        if not rule.alerts and not rule.cause:
            yield Fault((*path, "cause"), "a rule that alerts nobody must name a cause", "name one, or let it alert")
        if not rule.alerts and rule.immediate:
            yield Fault((*path, "alerts"), "a rule that alerts nobody cannot alert at once", "leave one of them out")
        for number, condition in enumerate(rule.when):
            yield from _condition((*path, "when", number), condition, signals)


def _condition(path: Path, condition: Condition, signals: Collection[str]) -> Iterator[Fault]:
    if condition.signal not in signals:
        what = worded("there is no signal {signal!r}", signal=condition.signal)
        yield Fault((*path, "signal"), what, nearest(condition.signal, signals))
    if (condition.at is None) == (condition.at_tier is None):
        yield Fault(path, "a condition needs either `at` or `at_tier`", "give one of them")


def _scorecard(policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    seen: set[tuple[str, str, float]] = set()
    for place, item in enumerate(policy.scorecard.items):
        path: Path = ("scorecard", "items", place)
        if item.signal not in signals:
            yield Fault(
                (*path, "signal"),
                worded("there is no signal {signal!r}", signal=item.signal),
                nearest(item.signal, signals),
            )
        line = (item.signal, item.op, item.at)
        if line in seen:
            yield Fault(
                path,
                worded("{signal} {op} {at:g} stands twice", signal=item.signal, op=item.op, at=item.at),
                "keep one",
            )
        seen.add(line)


def _causes(policy: Policy, signals: Collection[str]) -> Iterator[Fault]:
    names = [cause.id for cause in policy.causes.list]
    for key, name in (("starting", policy.causes.starting), ("otherwise", policy.causes.otherwise)):
        if name not in names:
            yield Fault(("causes", key), worded("there is no cause {name!r}", name=name), nearest(name, names))
    speaks: dict[str, str] = {}
    for place, cause in enumerate(policy.causes.list):
        path: Path = ("causes", "list", place)
        if cause.id in names[:place]:
            yield Fault((*path, "id"), worded("there are two causes {id!r}", id=cause.id), "rename one")
        for number, pattern in enumerate(cause.signals):
            found = matching(pattern, signals)
            if not found:
                what = worded("no signal is named like {pattern!r}", pattern=pattern)
                yield Fault((*path, "signals", number), what, nearest(pattern.strip("*_"), signals))
            for signal in found:
                other = speaks.setdefault(signal, cause.id)
                if other != cause.id:
                    what = worded("{signal} already speaks for {other}", signal=signal, other=other)
                    yield Fault((*path, "signals", number), what, "a signal speaks for one cause")


def matching(pattern: str, signals: Collection[str]) -> list[str]:
    """Return the names of `signals` that `pattern` means; `*` stands for any letters."""
    if "*" not in pattern:
        return [pattern] if pattern in signals else []
    return sorted(name for name in signals if fnmatchcase(name, pattern))


def nearest(name: str, names: Collection[str]) -> str:
    """Say which of `names` may have been meant."""
    close = difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.4)
    if not close:
        return "see docs/policy.md"
    meant = as_wording(close[0])
    for other in close[1:]:
        meant = worded("{one} or {other}", one=meant, other=other)
    return worded("perhaps {names}", names=meant)
