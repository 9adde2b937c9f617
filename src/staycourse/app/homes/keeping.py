"""Who on this machine may read a home: it holds learners' names, addresses and feelings.

The home's own folder says it. A new one is its owner's alone; an operator who lets a group in (Spark's workers under
another user) does so by that folder's mode, and all that is written in it goes by the same.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OWN = 0o700
USUAL = (0o755, 0o775)
"""What `mkdir` makes of a folder whose mode nobody thought of."""


def keep_as_told(home: Path) -> None:
    """Make the home's folder where there is none, and let those read what is written whom it lets in."""
    try:
        home.mkdir(parents=True, mode=OWN)
    except FileExistsError:
        made = home.stat()
        if stat.S_IMODE(made.st_mode) in USUAL and made.st_uid == os.geteuid() and not any(home.iterdir()):
            home.chmod(OWN)
    os.umask(0o777 & ~(stat.S_IMODE(home.stat().st_mode) | OWN))


def others_may_read(home: Path) -> bool:
    """Say whether anybody on this machine may read in the home."""
    return bool(home.stat().st_mode & stat.S_IROTH) or bool(home.stat().st_mode & stat.S_IXOTH)
