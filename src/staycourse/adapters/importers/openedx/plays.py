"""Videos that play: `play` is remembered until `pause`, `stop` or the page's end tells how long it played."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_SESSIONS = 100_000
"""Sessions with a play open that are remembered at once; the oldest is forgotten, which bounds memory."""

MOST_IN_SESSION = 100
LONGEST_BLIND = 3_600
"""Seconds that count at most where the log does not say how far the video went: nobody watches a closed lid."""

LONGEST = timedelta(days=1)

Session = tuple[str, str]
"""Learner and session."""


@dataclass(slots=True)
class Play:
    """A video that plays: since when and from where, and how much of it had played before the last jump."""

    event_id: str
    course: str
    since: datetime
    at: float | None
    before: float = 0.0


@dataclass(slots=True)
class Plays:
    """The plays that are open, by session and video, the session touched last at the end."""

    sessions: dict[Session, dict[str, Play]] = field(default_factory=dict)

    def begin(self, session: Session, video: str, play: Play) -> None:
        """Remember a play; one of the same video that never ended is forgotten."""
        open_ = self.sessions.pop(session, {})
        open_.pop(video, None)
        open_[video] = play
        if len(open_) > MOST_IN_SESSION:
            del open_[next(iter(open_))]
        self.sessions[session] = open_
        if len(self.sessions) > MOST_SESSIONS:
            del self.sessions[next(iter(self.sessions))]

    def jump(self, session: Session, video: str, old: float | None, new: float | None) -> None:
        """Note that the learner moved from `old` to `new` (seconds into the video) while it played."""
        play = self.sessions.get(session, {}).get(video)
        if play is None:
            return
        known = old is not None and play.at is not None
        play.before = play.before + max(old - play.at, 0.0) if known else 0.0  # type: ignore[operator]
        play.at = new if known else None

    def end(self, session: Session, video: str, now: datetime, at: float | None) -> tuple[Play, int] | None:
        """Return the play that ends and its seconds; None if none was open, or it cannot be.

        The seconds are those of the clock, but no more than the video moved on by: a laptop that slept between play and
        pause did not watch. Where the video's place is not told, at most LONGEST_BLIND.
        """
        open_ = self.sessions.get(session, {})
        play = open_.pop(video, None)
        if not open_:
            self.sessions.pop(session, None)
        if play is None or not timedelta(0) <= now - play.since <= LONGEST:
            return None
        clock = (now - play.since).total_seconds()
        moved = play.before + max(at - play.at, 0.0) if at is not None and play.at is not None else LONGEST_BLIND
        return play, round(min(clock, moved))

    def playing(self, session: Session) -> list[str]:
        """Return the videos that play in a session."""
        return list(self.sessions.get(session, ()))
