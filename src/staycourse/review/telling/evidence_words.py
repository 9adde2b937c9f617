"""The evidence in sentences, for the console, the weekly review and the command line."""

from __future__ import annotations

from staycourse.kernel import Words
from staycourse.policy import Judged
from staycourse.review.arms import Bounds
from staycourse.review.evidence import Evidence
from staycourse.review.experiments import Detectable
from staycourse.review.guardrails import GuardRail


def verdict_sentence(evidence: Evidence, words: Words) -> str:
    """Return what may be concluded, in one sentence."""
    found = evidence.uplift
    if evidence.because != "interval" or found is None or found.always_valid is None:
        because = "too_few_outcomes" if evidence.because == "interval" else evidence.because
        counted = {"outcomes": words.number(evidence.outcomes), "needed": words.number(evidence.needed)}
        return words.filled(f"evidence.verdict.not_yet_known.{because}", counted | _done(evidence.judged_by, words))
    values = _done(evidence.judged_by, words) | {
        "points": words.signed(found.difference * 100, 1),
        **_ends(found.always_valid, words),
    }
    if evidence.value is not None:
        values["value"] = words.number(evidence.value * 100, 1)
    return words.filled(f"evidence.verdict.{evidence.verdict}", values)


def evidence_sentences(evidence: Evidence, words: Words) -> tuple[str, ...]:
    """Return all that is to be said of a playbook: verdict, arms, draw, guard rails, what could be seen, cost."""
    said = [verdict_sentence(evidence, words), _arms(evidence, words)]
    if evidence.judged_by != "stays":
        said.append(words.t(f"evidence.judged_by.{evidence.judged_by}"))
    if evidence.sample_ratio_p is not None:
        state = "broken" if evidence.because == "draw_broken" else "sound"
        said.append(words.t(f"evidence.draw.{state}", p=f"{evidence.sample_ratio_p:.3g}"))
    said += [guard_sentence(rail, words) for rail in evidence.guard_rails]
    if evidence.detectable is not None:
        said.append(detectable_sentence(evidence.detectable, words, evidence.judged_by))
    if evidence.cost_per_kept is not None and evidence.cost_per_kept_range is not None:
        low, high = evidence.cost_per_kept_range
        amounts = {"cost": evidence.cost_per_kept, "low": low, "high": high}
        told = {name: words.money(one.minor, one.currency) for name, one in amounts.items()}
        said.append(words.filled("evidence.cost", told | _done(evidence.judged_by, words)))
    return tuple(said)


def guard_sentence(rail: GuardRail, words: Words) -> str:
    """Return what is known of one unwanted outcome."""
    return words.t(
        f"evidence.guard.{rail.state}",
        name=words.named("evidence.guard.name", rail.name),
        treated=words.percent(rail.treated.mean, 2),
        held=words.percent(rail.held.mean, 2),
        most=words.number(rail.rise_at_most * 100, 2),
        tolerated=words.number(rail.tolerated * 100, 2),
    )


def detectable_sentence(found: Detectable, words: Words, judged_by: Judged = "stays") -> str:
    """Return what so many learners would show: to be read before an experiment starts."""
    values = _done(judged_by, words) | {
        "learners": words.number(found.n),
        "held": words.percent(found.held_share, 1),
        "base": words.percent(found.base_rate, 1),
        "power": words.percent(found.power),
    }
    if found.always_valid is None:
        return words.filled("evidence.detectable.nothing", values)
    values["points"] = words.number(found.always_valid * 100, 1)
    return words.filled("evidence.detectable.gain", values)


def _arms(evidence: Evidence, words: Words) -> str:
    """Say how many stayed: shares weighed by tier as the uplift is, bare counts while there is no uplift to show."""
    values = _done(evidence.judged_by, words) | {
        "treated_n": words.number(evidence.treated.n),
        "held_n": words.number(evidence.held.n),
    }
    found = evidence.uplift
    if found is None:
        values |= {
            "treated": words.number(evidence.treated.successes),
            "held": words.number(evidence.held.successes),
        }
        return words.filled("evidence.arms.counts", values)
    values |= {"treated": words.percent(found.treated, 1), "held": words.percent(found.held, 1)}
    return words.filled("evidence.arms.shares", values)


def _done(judged_by: Judged, words: Words) -> dict[str, str]:
    """Return what is said of those who were kept (`done`, `do`) and of the others (`lost`)."""
    return {name: words.t(f"evidence.{name}.{judged_by}") for name in ("done", "do", "lost")}


def _ends(interval: Bounds, words: Words) -> dict[str, str]:
    return {"low": words.signed(interval.low * 100, 1), "high": words.signed(interval.high * 100, 1)}
