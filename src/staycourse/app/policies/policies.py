"""The policies of a home: what is in force, what was, what a file would change, and what it would have done.

The store's newest version is in force. The home's `policy.toml` is how an operator states the next one: a night takes
it when its text differs, and accepting or rolling back here writes it too, so that file and store always say the same.
The file is written first: broken off in between, the night takes from the file what a person had accepted. A change
that stood in the file and had not been taken is set aside beside it, never overwritten.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from staycourse.adapters.store import PolicyVersion
from staycourse.app.homes.home import POLICY_FILE, Home, read_text
from staycourse.app.policies.fitting import load_fitting
from staycourse.kernel import BadPolicy, NotFound, StorageFault, as_wording, last_whole_day, worded
from staycourse.policy import Policy, default_policy_text, load_policy
from staycourse.review import (
    BudgetAsked,
    BudgetFit,
    OnPast,
    Past,
    PolicyBacktest,
    PolicyChange,
    PolicyPlan,
    ProposalReport,
    fit_budget,
    last_known_day,
    past_of,
    policy_backtest,
    policy_changes,
    propose,
    untold,
)
from staycourse.signals import SIGNALS_BY_NAME

WEEKS_LOOKED_AT = 16
"""How far back proposals and budgets look where no days are given: half to choose, half to show."""


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """One version: `changes` against the one before it (the first against the default); `fault` where this release
    cannot read its text any more.
    """

    version: int
    accepted: datetime
    author: str
    note: str
    parent: int | None
    in_force: bool
    changes: tuple[PolicyChange, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """A file that is a valid policy, and what it says differently from version `in_force` (0: the default).

    `warnings` is what it says that this home cannot do yet, a line each.
    """

    file: str
    in_force: int
    changes: tuple[PolicyChange, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyAccepted:
    """What accepting or rolling back did. `fresh` is false where the text was in force already; `set_aside` names the
    file that keeps an unaccepted change of policy.toml, "" if there was none; `warnings` as of PolicyCheck.
    """

    version: int
    fresh: bool
    changes: tuple[PolicyChange, ...]
    set_aside: str
    warnings: tuple[str, ...] = ()


def check_policy(home: Home, file: Path) -> PolicyCheck:
    """Read `file` and tell what it would change; BadPolicy with line and field if it is wrong."""
    return check_policy_text(home, read_text(file), str(file))


def check_policy_text(home: Home, text: str, source: str) -> PolicyCheck:
    """Tell what `text` would change; BadPolicy with line and field, naming it `source`, if it is wrong."""
    today = home.policy(home.tenant)
    policy, warnings = load_fitting(home, text, source)
    return PolicyCheck(source, today.version, policy_changes(today, policy), warnings)


def policy_text(home: Home, version: int | None = None) -> tuple[int, str]:
    """Return a version's number and text as it was written: the one in force, or `version` (0: the default)."""
    if version is None:
        newest = home.store.newest_policy(home.tenant)
        return (newest.version, newest.text) if newest else (0, default_policy_text())
    if version == 0:
        return 0, default_policy_text()
    return version, _version(home, version).text


def policy_versions(home: Home) -> tuple[PolicyEntry, ...]:
    """Return every version, newest first."""
    entries: list[PolicyEntry] = []
    kept = home.store.policies(home.tenant)
    before: Policy | None = _load(default_policy_text(), "default")
    for one in kept:
        fault, policy = "", None
        try:
            policy = _load(one.text, f"version {one.version}")
        except BadPolicy as error:
            fault = error.line()
        changes = policy_changes(before, policy) if before and policy else ()
        entries.append(PolicyEntry(one.version, one.accepted, one.author, one.note, one.parent, one is kept[-1],
                                   changes, fault))  # fmt: skip
        before = policy
    return tuple(reversed(entries))


def accept_policy(home: Home, file: Path, *, note: str, author: str) -> PolicyAccepted:
    """Make the text of `file` the policy in force, as a new version; the same text as in force is none."""
    text = read_text(file)
    policy, warnings = load_fitting(home, text, str(file))
    return replace(_accept(home, text, policy, note=note, author=author, given=file), warnings=warnings)


def accept_policy_text(home: Home, text: str, *, note: str, author: str) -> PolicyAccepted:
    """Make `text` the policy in force as accept_policy does."""
    policy, warnings = load_fitting(home, text, POLICY_FILE)
    return replace(_accept(home, text, policy, note=note, author=author), warnings=warnings)


def rollback_policy(home: Home, version: int, *, note: str, author: str) -> PolicyAccepted:
    """Make the text of `version` (0: the default) the policy in force again, as a new version: no history is lost.

    NotFound if there is none of that number; BadPolicy if this release cannot read it any more.
    """
    _, text = policy_text(home, version)
    return _accept(home, text, _load(text, f"version {version}"), note=note, author=author, parent=version)


def backtest_policy(home: Home, file: Path, *, first: date, last: date, every: int) -> PolicyBacktest:
    """Try the policy of `file` beside the one in force on past days; the home is only read.

    BadPolicy as of check_policy: what could not be accepted is not tried either.
    """
    return _tried(home, load_fitting(home, read_text(file), str(file))[0], PolicyPlan(first, last, every))


def backtest_policy_text(home: Home, text: str, *, weeks: int, every: int, tell: OnPast = untold) -> PolicyBacktest:
    """Try `text` beside the policy in force on the last `weeks` whose outcomes are known; the home is only read."""
    policy, _ = load_fitting(home, text, POLICY_FILE)
    horizon = max(policy.churn.horizon_days, home.policy(home.tenant).churn.horizon_days)
    passed = last_whole_day(home.settings.clock.now(), home.zone) - timedelta(days=horizon)
    last = min(last_known_day(home.engine, home.tenant, horizon), passed)
    return _tried(home, policy, PolicyPlan(last - timedelta(weeks=weeks) + timedelta(days=1), last, every), tell)


def propose_policy(
    home: Home, *, first: date | None, last: date | None, every: int, tell: OnPast = untold
) -> ProposalReport:
    """Look for a better policy on the days from `first` to `last`: chosen on the first half, shown on the second."""
    policy = home.policy(home.tenant)
    # The return curve may propose a horizon of up to `longest_days`: it must be known what became of those too.
    past, split = _past(home, first, last, every, max(policy.churn.horizon_days, policy.churn.longest_days),
                        tell)  # fmt: skip
    return propose(past, policy, policy_text(home)[1], first=_first(past), split=split)


def fit_policy_budget(
    home: Home, asked: BudgetAsked | None, *, first: date | None, last: date | None, every: int, tell: OnPast = untold
) -> BudgetFit:
    """Find the thresholds for the budget `asked` (the policy's own if None) as `propose_policy` does."""
    policy = home.policy(home.tenant)
    asked = asked or BudgetAsked(policy.alerts.budget_per_day, policy.alerts.budget_precision)
    past, split = _past(home, first, last, every, policy.churn.horizon_days, tell)
    return fit_budget(past, policy, policy_text(home)[1], asked, first=_first(past), split=split)


def write_policy_file(place: Path, text: str) -> None:
    """Write `text` as `place`, whole or not at all; StorageFault if that cannot be done."""
    fresh = place.with_name(f".{place.name}.fresh")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(place)
        _sync_folder(place.parent)
    except OSError as error:
        raise StorageFault(
            worded("cannot be written: {why}", why=as_wording(error.strerror)),
            where=str(place),
            mend="check the folder and the disk",
        ) from None


def _tried(home: Home, policy: Policy, plan: PolicyPlan, tell: OnPast = untold) -> PolicyBacktest:
    return policy_backtest(
        home.engine, home.tenant, home.store.courses(home.tenant), home.store.learners(home.tenant),
        home.policy(home.tenant), policy, plan, tell,
    )  # fmt: skip


def _accept(
    home: Home,
    text: str,
    policy: Policy,
    *,
    note: str,
    author: str,
    parent: int | None = None,
    given: Path | None = None,
) -> PolicyAccepted:
    today = home.policy(home.tenant)
    newest = home.store.newest_policy(home.tenant)
    aside = _set_aside(home, newest, text, given)
    place = home.path / POLICY_FILE
    if text == default_policy_text():
        place.unlink(missing_ok=True)  # without a file the default holds, this release's and the next one's
    else:
        write_policy_file(place, text)
    version = home.store.add_policy(home.tenant, text, note, home.settings.clock.now(), author=author, parent=parent)
    return PolicyAccepted(version, newest is None or version > newest.version, policy_changes(today, policy), aside)


def _set_aside(home: Home, newest: PolicyVersion | None, text: str, given: Path | None) -> str:
    """Keep what stands in policy.toml if no version has it: neither in force, nor the one that is being accepted."""
    place = home.path / POLICY_FILE
    if not place.is_file() or (given is not None and given.exists() and place.samefile(given)):
        return ""
    raw = place.read_bytes()
    taken = {one.text.encode() for one in home.store.policies(home.tenant)} if newest else set()
    if raw in taken or raw == text.encode():
        return ""
    stamp = home.settings.clock.now().strftime("%Y%m%dT%H%M%S")
    number = 0
    while (aside := home.path / f"policy-not-accepted-{stamp}{f'-{number}' if number else ''}.toml").exists():
        number += 1
    place.rename(aside)
    return aside.name


def _version(home: Home, version: int) -> PolicyVersion:
    kept = home.store.policies(home.tenant)
    found = next((one for one in kept if one.version == version), None)
    if found is None:
        there = (
            worded("there are 1 to {version}", version=kept[-1].version)
            if kept
            else "there is none yet; 0 is the default"
        )
        raise NotFound(
            worded("there is no version {version} of the policy", version=version),
            where=worded("tenant {tenant}", tenant=home.tenant),
            mend=there,
        )
    return found


def _past(
    home: Home, first: date | None, last: date | None, every: int, horizon_days: int, tell: OnPast
) -> tuple[Past, date]:
    """Return the past to look at, and the day on which its later half begins."""
    known = last_known_day(home.engine, home.tenant, horizon_days)
    passed = last_whole_day(home.settings.clock.now(), home.zone) - timedelta(days=horizon_days)
    last = last or min(known, passed)
    first = first or last - timedelta(weeks=WEEKS_LOOKED_AT) + timedelta(days=every)
    past = past_of(
        home.engine, home.tenant, home.store.courses(home.tenant), home.store.learners(home.tenant),
        first=first, last=last, every_days=every, horizon_days=horizon_days, tell=tell,
    )  # fmt: skip
    counted = [day for day in past.days if day >= first]
    return past, counted[len(counted) // 2]


def _first(past: Past) -> date:
    return past.learned_by + timedelta(days=1)


def _load(text: str, source: str) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME, source=source)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
