"""The path of every few seconds: `path.py` reads like a table of contents, `parts.py` says what it is given."""

from staycourse.tick.parts import Tick, TickParts
from staycourse.tick.path import LONGEST, answer_alerts, enter, heed_new, tick

__all__ = ["LONGEST", "Tick", "TickParts", "answer_alerts", "enter", "heed_new", "tick"]
