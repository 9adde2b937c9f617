"""Willingness to pay: what the learner paid, asked and looked at, over all courses."""

from staycourse.signals.signal import Signal

PAYMENT = (
    Signal("paid_total", "payment", "level", ("paid_minor",), direction=0, scope="learner", unit="money"),
    Signal("days_since_payment", "payment", "since", ("payments",), direction=1, scope="learner", unit="days"),
    Signal("expiries_30d", "payment", "level", ("expiries",), days=30, direction=1, scope="learner", cause="price", unit="count"),
    Signal("coupons_30d", "payment", "level", ("coupons",), days=30, direction=1, scope="learner", cause="price", unit="count"),
    Signal("renewal_enquiries_30d", "payment", "level", ("renewal_enquiries",), days=30, direction=0, scope="learner",
           cause="price", unit="count"),
    Signal("refund_policy_views_14d", "payment", "level", ("refund_policy_views",), days=14, direction=1, scope="learner",
           cause="price", unit="count"),
    Signal("refund_enquiries_14d", "payment", "level", ("refund_enquiries",), days=14, direction=1, scope="learner",
           cause="price", unit="count"),
)  # fmt: skip
