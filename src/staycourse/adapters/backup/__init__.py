"""Backups of a home: a still picture of its files, and the archive that holds them with the store's rows."""

from staycourse.adapters.backup.archive import ArchiveReader, ArchiveWriter
from staycourse.adapters.backup.picture import StillPicture, clear_pictures, still_picture

__all__ = ["ArchiveReader", "ArchiveWriter", "StillPicture", "clear_pictures", "still_picture"]
