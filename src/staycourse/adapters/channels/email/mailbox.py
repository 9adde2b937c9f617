"""Taking reports from a folder: a Maildir (https://cr.yp.to/proto/maildir.html) or a folder of `.eml` files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from staycourse.adapters.channels.email.reports import MAX_BYTES, MailReport, read_report
from staycourse.kernel import BadInput, StorageFault, as_wording, worded

ASIDE = "processed"


def read_mailbox(folder: Path, keep: Callable[[MailReport], object] | None) -> Iterator[MailReport]:
    """Yield the report of every message in `folder`, the oldest name first.

    Each is given to `keep` and its file moved aside only after that: into `processed` beside the others, or into a
    Maildir's `cur`. Broken off, the next reading gives `keep` the same report again. Without a `keep` nothing moves.
    """
    if not folder.is_dir():
        raise BadInput("there is no such folder", where=str(folder), mend="give a Maildir or a folder of .eml files")
    maildir = (folder / "new").is_dir() and (folder / "cur").is_dir()
    for file in _waiting(folder / "new" if maildir else folder, "*" if maildir else "*.eml"):
        try:
            with file.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise StorageFault(
                worded("cannot be read: {why}", why=as_wording(error.strerror)),
                where=file.name,
                mend="check the folder",
            ) from None
        report = read_report(raw)
        if keep is not None:
            keep(report)
            _move(file, folder / "cur" if maildir else folder / ASIDE, ":2,S" if maildir else "")
        yield report


def _waiting(folder: Path, pattern: str) -> list[Path]:
    return sorted(file for file in folder.glob(pattern) if file.is_file() and not file.name.startswith("."))


def _move(file: Path, aside: Path, mark: str) -> None:
    try:
        aside.mkdir(exist_ok=True)
        file.rename(aside / (file.name.partition(":2,")[0] + mark if mark else file.name))
    except OSError as error:
        raise StorageFault(
            worded("cannot be moved aside: {why}", why=as_wording(error.strerror)),
            where=file.name,
            mend="let staycourse write the folder",
        ) from None
