"""The hold-out: who gets nothing, so that what helps can be known. Drawn by hash, before anything else is decided."""

from __future__ import annotations

import hashlib

from staycourse.care.records import Draw


def draw(learner: str, playbook: str, tier: str, *, share: float, salt: str, exempt: bool) -> Draw:
    """Return the part of `learner` in the experiment on `playbook` (EVERYTHING for the one on all of care).

    Held out is whose number lies below `share` (0 nobody, 1 everybody). The number depends on nothing but its parts, so
    that the draw is the same at every asking, in every process; it says nothing of another playbook's, tier's or
    salt's; and a greater share keeps all whom the smaller one held out. Who is `exempt` is treated and not compared.
    """
    if exempt:
        return Draw(learner, playbook, tier, "exempt", share)
    held_out = number_of(learner, playbook, tier, salt) < share
    return Draw(learner, playbook, tier, "held_out" if held_out else "treated", share)


def number_of(learner: str, playbook: str, tier: str, salt: str) -> float:
    """Return a number from 0 to below 1, uniform over learners: the first 53 bits of a BLAKE2b hash (RFC 7693).

    53 bits are what a float holds exactly, so that no number is rounded up to 1.
    """
    parts = "\x1f".join((salt, playbook, tier, learner)).encode("utf-8", "surrogatepass")
    return (int.from_bytes(hashlib.blake2b(parts, digest_size=8).digest(), "big") >> 11) / 2**53
