"""The counters of the rollup: additive whole numbers, each counted from named verbs.

A counter of one (tenant, ingest day, event day, learner, course) is the count of its events, or the sum of their
values, that meet its condition. Additive means: the counter of a union of events is the sum of the counters; nothing
else may be kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from staycourse.events.vocabulary import LEARNING_VERBS, PRESENCE_VERBS, TEXT_VERBS


@dataclass(frozen=True, slots=True)
class Counter:
    """`measure` is what is added per event: 1 (count) or its value (sum; a missing value adds 0).

    The conditions are joined by "and": `value_from` <= value < `value_below` (a missing value meets neither bound),
    `hour_from` <= local hour < `hour_below`, feeling of the text = `feeling` (-1 negative, 0, 1 positive).
    """

    name: str
    verbs: tuple[str, ...]
    measure: Literal["count", "sum"] = "count"
    value_from: int | None = None
    value_below: int | None = None
    hour_from: int | None = None
    hour_below: int | None = None
    feeling: int | None = None


POOR_FREEZE = 500  # a class sample frozen for 5 % of the time or more is a poor one
POOR_ROUND_TRIP = 400  # milliseconds there and back; ITU-T G.114 bounds a good talk at 150 to 400 ms one way

COUNTERS: tuple[Counter, ...] = (
    Counter("activity", LEARNING_VERBS),
    Counter("presence", PRESENCE_VERBS),
    Counter("activity_night", LEARNING_VERBS, hour_from=0, hour_below=6),
    Counter("activity_morning", LEARNING_VERBS, hour_from=6, hour_below=12),
    Counter("activity_afternoon", LEARNING_VERBS, hour_from=12, hour_below=18),
    Counter("activity_evening", LEARNING_VERBS, hour_from=18, hour_below=24),
    Counter("enrolments", ("enrolled",)),
    Counter("earlier_attempts", ("enrolled",), "sum"),
    Counter("withdrawals", ("withdrawn",)),
    Counter("completions", ("course_completed",)),
    Counter("logins", ("logged_in",)),
    Counter("sessions", ("session_ended",)),
    Counter("session_seconds", ("session_ended",), "sum"),
    Counter("clicks", ("content_viewed", "home_viewed", "forum_viewed", "quiz_viewed"), "sum"),
    Counter("content_views", ("content_viewed",)),
    Counter("home_views", ("home_viewed",)),
    Counter("forum_views", ("forum_viewed",)),
    Counter("quiz_views", ("quiz_viewed",)),
    Counter("lessons_started", ("lesson_started",)),
    Counter("lessons_completed", ("lesson_completed",)),
    Counter("lessons_skipped", ("lesson_skipped",)),
    Counter("lesson_replays", ("lesson_replayed",)),
    Counter("video_seconds", ("video_watched",), "sum"),
    Counter("assignments_due", ("assignment_due",)),
    Counter("assignments_submitted", ("assignment_submitted",)),
    Counter("assignments_late", ("assignment_submitted",), value_from=1),
    Counter("assignments_graded", ("assignment_graded",)),
    Counter("assignment_score", ("assignment_graded",), "sum"),
    Counter("assignments_failed", ("assignment_graded",), value_below=4000),
    Counter("quiz_answers", ("quiz_answered",)),
    Counter("quiz_right", ("quiz_answered",), "sum"),
    Counter("quizzes_passed", ("quiz_passed",)),
    Counter("quizzes_failed", ("quiz_failed",)),
    Counter("live_joined", ("live_joined",)),
    Counter("live_missed", ("live_missed",)),
    Counter("live_seconds", ("live_left",), "sum"),
    Counter("interactions", ("live_spoke", "live_asked", "live_chatted", "question_asked", "question_answered",
                             "posted", "commented")),
    Counter("speaking_seconds", ("speaking_practised",), "sum"),
    Counter("paid_minor", ("paid", "renewed"), "sum"),
    Counter("payments", ("paid", "renewed")),
    Counter("expiries", ("subscription_expired",)),
    Counter("coupons", ("coupon_used", "coupon_viewed")),
    Counter("renewal_enquiries", ("renewal_asked",)),
    Counter("refund_policy_views", ("refund_policy_viewed",)),
    Counter("refund_enquiries", ("refund_asked",)),
    Counter("ratings", ("rated",)),
    Counter("rating_sum", ("rated",), "sum"),
    Counter("low_ratings", ("rated",), value_below=300),
    Counter("complaints", ("complained",)),
    Counter("texts", TEXT_VERBS),
    Counter("negative_texts", TEXT_VERBS, feeling=-1),
    Counter("quality_samples", ("class_quality_sampled",)),
    Counter("freeze_sum", ("class_quality_sampled",), "sum"),
    Counter("poor_samples", ("class_quality_sampled",), value_from=POOR_FREEZE),
    Counter("round_trip_samples", ("round_trip_sampled",)),
    Counter("round_trip_sum", ("round_trip_sampled",), "sum"),
    Counter("loss_samples", ("packet_loss_sampled",)),
    Counter("loss_sum", ("packet_loss_sampled",), "sum"),
    Counter("slow_samples", ("round_trip_sampled",), value_from=POOR_ROUND_TRIP),
    Counter("rejoins", ("class_rejoined",)),
    Counter("contacts_clicked", ("contact_clicked", "contact_replied")),
    Counter("unsubscribes", ("unsubscribed",)),
    Counter("submission_minutes", ("assignment_submitted",), "sum"),  # after the due time; early ones are negative
    Counter("study_load", ("study_load_stated",), "sum"),
    Counter("assignments_due_weight", ("assignment_due",), "sum"),
    Counter("assignments_missed", ("assignment_missed",)),
    Counter("assignments_missed_weight", ("assignment_missed",), "sum"),
    Counter("assignment_lateness", ("assignment_submitted",), "sum"),
)  # fmt: skip

COUNTERS_BY_NAME: dict[str, Counter] = {counter.name: counter for counter in COUNTERS}
