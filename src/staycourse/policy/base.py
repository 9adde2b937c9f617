"""The names, numbers and conditions that every part of a policy uses."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

Category = Literal["login", "completion", "interaction", "payment", "feeling", "quality"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
TierName = Literal["core", "regular"]
Operator = Literal[">=", ">", "<=", "<", "=="]

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
CauseName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
SignalPattern = Annotated[str, Meta(pattern=r"^[a-z*][a-z0-9_*]{0,79}$")]
Share = Annotated[float, Meta(ge=0, le=1)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Hours = Annotated[int, Meta(ge=1, le=24 * 90)]
LogOdds = Annotated[float, Meta(ge=-20, le=20)]
Number = Annotated[float, Meta(ge=-1e15, le=1e15)]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`signal` `op` a number: `at`, or the number `at_tier` of the learner's tier. An unknown value never meets it."""

    signal: Name
    op: Operator
    at: Number | None = None
    at_tier: Literal["absent_days"] | None = None
