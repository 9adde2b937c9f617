"""The playbooks of one home for the people who look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from staycourse.adapters.store.views import PlaybookViews
from staycourse.app.care.care import Care
from staycourse.care import PlaybookRecord, choose, options
from staycourse.desk.playbooks import (
    ChoiceArm,
    ChoiceLine,
    ChoiceSheet,
    PlaybookCounts,
    PlaybookLine,
    PlaybookList,
    PlaybookStory,
    SceneLine,
)
from staycourse.kernel import NotFound, worded
from staycourse.policy import PlaybookPolicy, Policy, TaskStep, load_policy, scenes
from staycourse.review import PolicyChange, policy_changes
from staycourse.signals import SIGNALS_BY_NAME

PER_PAGE = 25


class HomePlaybooks:
    """Implements desk.PlaybookDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care
        self._views = PlaybookViews(care.home.database)

    def playbooks(self, tenant: str) -> PlaybookList:
        policy = self._care.home.policy(tenant)
        counts = self._counts(tenant)
        gone = sorted(counts.keys() - policy.playbooks.keys())
        lines = [PlaybookLine(name, book, _of(counts, name)) for name, book in policy.playbooks.items()]
        lines += [PlaybookLine(name, None, _of(counts, name)) for name in gone]
        choice = _choices(policy, self._care.past.records(tenant))
        return PlaybookList(policy.version, tuple(sorted(lines, key=_order)), _scenes(policy), choice)

    def playbook(self, tenant: str, name: str, state: str, page: int) -> PlaybookStory:
        policy = self._care.home.policy(tenant)
        line = PlaybookLine(name, policy.playbooks.get(name), _of(self._counts(tenant), name))
        if line.policy is None and line.counts == PlaybookCounts():
            raise NotFound(
                worded("there is no playbook {name!r}", name=name[:60]),
                where="playbooks",
                mend="look at the list again",
            )
        found = int(getattr(line.counts, state))
        return PlaybookStory(
            line=line,
            version=policy.version,
            state=state,
            standing=self._views.standing(tenant, name),
            made=self._made(tenant, name, line.policy),
            reasons=self._views.reasons(tenant, name),
            rows=tuple(self._views.travellers(tenant, name, state, page, PER_PAGE)),
            found=found,
            page=page,
            pages=max(1, -(-found // PER_PAGE)),
        )

    def _made(self, tenant: str, name: str, playbook: PlaybookPolicy | None) -> Mapping[str, int]:
        """Return what each step has made. Two tasks with one script cannot be told apart, and are left out."""
        handed = self._views.handed(tenant, name)
        tasks = [step for step in (playbook.steps if playbook else ()) if isinstance(step, TaskStep)]
        scripts = [step.script for step in tasks]
        made = {step.id: handed.get(step.script, 0) for step in tasks if scripts.count(step.script) == 1}
        return self._views.sent(tenant, name) | made

    def _counts(self, tenant: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for playbook, state, count in self._care.journeys.counts(tenant):
            found.setdefault(playbook, {})[state] = count
        return found


def _of(counts: Mapping[str, Mapping[str, int]], name: str) -> PlaybookCounts:
    return PlaybookCounts(**counts.get(name, {}))


def _order(line: PlaybookLine) -> tuple[int, int, str]:
    """Put answers to causes first, then the lifecycle, then what the policy has no more; the most pressing first."""
    book = line.policy
    if book is None:
        return 2, 0, line.name
    return (0 if book.enter.causes else 1), -book.priority, line.name


def _scenes(policy: Policy) -> tuple[SceneLine, ...]:
    return tuple(SceneLine(scene, scene == policy.scene, _scene_changes(scene)) for scene in scenes())


@cache
def _scene_changes(scene: str) -> tuple[PolicyChange, ...]:
    """Return what a preset says differently from the default: both ship with the product, so this never changes."""
    plain = load_policy("", signals=SIGNALS_BY_NAME)
    preset = load_policy(f'scene = "{scene}"', signals=SIGNALS_BY_NAME)
    return tuple(change for change in policy_changes(plain, preset) if change.field != "scene")


def _choices(policy: Policy, records: Sequence[PlaybookRecord]) -> ChoiceSheet:
    """Return how one of several playbooks would be chosen now for who had none of them lately."""
    rules = policy.care.choice
    return ChoiceSheet(
        rules.enabled, rules.minimum_outcomes, rules.recovery_days, rules.recency_penalty,
        tuple(_chosen(policy, records)),
    )  # fmt: skip


def _chosen(policy: Policy, records: Sequence[PlaybookRecord]) -> Iterator[ChoiceLine]:
    for cause in policy.causes.list:
        for tier in ("core", "regular"):
            arms = options(cause.id, tier, policy)
            if len(arms) < 2:
                continue
            alike = [one for one in records if (one.cause, one.tier) == (cause.id, tier)]
            choice = choose(arms, alike, (), policy.care.choice, "")
            yield ChoiceLine(
                cause.id, tier, choice.basis, int(sum(one.trials for one in alike)),
                tuple(
                    ChoiceArm(arm, policy.playbooks[arm].title, weight.mean, weight.low, weight.high,
                              weight.probability)
                    for arm, weight in choice.weights.items()
                ),
            )  # fmt: skip
