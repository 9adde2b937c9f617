"""Hold the locked versions against the public advisories, and say in a few lines what came of it.

Exits with 0 if every package was looked up and none is known to be bad, 1 if some is, 3 if not all could be looked up:
what was not asked about is never passed over as good. Run: python tools/audit.py PIP-AUDIT LOCK, where PIP-AUDIT is the
program of that name.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

GOOD, BAD, UNKNOWN = 0, 1, 3
NEXT = "run it where pypi.org can be reached"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("lock", type=Path)
    given = parser.parse_args()
    code, lines = verdict(*asked(given.program, given.lock))
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    sys.exit(code)


def asked(program: Path, lock: Path) -> tuple[str, str]:
    """Return what pip-audit answers about a lock, and what it says beside."""
    command = [
        str(program),
        "--no-deps",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--format",
        "json",
        "-r",
        str(lock),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return "", str(error)
    return done.stdout, done.stderr


def verdict(answered: str, beside: str) -> tuple[int, list[str]]:
    """Return the code to exit with and what to say of an answer."""
    try:
        packages: list[dict[str, Any]] = json.loads(answered)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = beside.strip().splitlines()
        return UNKNOWN, [f"not audited: the advisories cannot be reached ({(why or ['no answer'])[-1][:160]}); {NEXT}"]
    bad = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for one in packages
        for fault in one.get("vulns", ())
    ]
    skipped = [one for one in packages if "vulns" not in one]
    lines = [*bad]
    if skipped or not packages:
        reason = str(skipped[0].get("skip_reason", "no reason")) if skipped else "the lock names no package"
        lines.append(
            f"not audited: {len(skipped)} of {len(packages)} packages could not be looked up ({reason[:160]}); {NEXT}"
        )
    code = BAD if bad else UNKNOWN if lines else GOOD
    return code, lines or [f"audited: no advisory is known about the {len(packages)} locked packages"]


if __name__ == "__main__":
    main()
