"""Care over one home: ticks, sending, what was heard back, judging, links, live scores."""

# isort: off
from staycourse.app.care.care import Care, run_tick
from staycourse.app.care.channels import ChannelRow, channel_rows, home_channels, send_test, take_mail, vapid_keys
from staycourse.app.care.clocks import clock_is_ahead, clock_trouble, go_by_this_clock, require_right
from staycourse.app.care.hearing import Hearing, Wish
from staycourse.app.care.links import Links, Token
from staycourse.app.care.live import LiveWorker
from staycourse.app.care.live_thread import live_at_work

__all__ = [
    "Care", "ChannelRow", "Hearing", "Links", "LiveWorker", "Token", "Wish", "channel_rows", "clock_is_ahead",
    "clock_trouble", "go_by_this_clock", "home_channels", "live_at_work", "require_right", "run_tick", "send_test",
    "take_mail", "vapid_keys",
]  # fmt: skip
