"""Every signal there is, one idea a file.

This is the only definition: rules, model, console, docs and engines read it.
"""

from staycourse.signals.catalogue.assignments import ASSIGNMENTS
from staycourse.signals.catalogue.attendance import ATTENDANCE
from staycourse.signals.catalogue.completion import COMPLETION
from staycourse.signals.catalogue.feeling import FEELING
from staycourse.signals.catalogue.habit import HABIT
from staycourse.signals.catalogue.interaction import INTERACTION
from staycourse.signals.catalogue.leaving import LEAVING
from staycourse.signals.catalogue.payment import PAYMENT
from staycourse.signals.catalogue.peers import PEERS
from staycourse.signals.catalogue.quality import QUALITY
from staycourse.signals.catalogue.quizzes import QUIZZES
from staycourse.signals.catalogue.start import START
from staycourse.signals.signal import Signal

CATALOGUE: tuple[Signal, ...] = (
    *ATTENDANCE,
    *HABIT,
    *COMPLETION,
    *ASSIGNMENTS,
    *QUIZZES,
    *INTERACTION,
    *PAYMENT,
    *FEELING,
    *QUALITY,
    *START,
    *PEERS,
    *LEAVING,
)

SIGNALS_BY_NAME: dict[str, Signal] = {signal.name: signal for signal in CATALOGUE}

__all__ = ["CATALOGUE", "SIGNALS_BY_NAME"]
