"""Importers: foreign files read as events, courses and learners, in one shape the driver can resume."""

from collections.abc import Mapping

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, Importer, ImportOptions, Progress
from staycourse.adapters.importers.ds365 import Ds365Importer
from staycourse.adapters.importers.erasing import erase_rejected, rejected_rows
from staycourse.adapters.importers.events import EventsImporter
from staycourse.adapters.importers.oulad import OuladImporter
from staycourse.adapters.importers.records import CoursesImporter, LearnersImporter
from staycourse.adapters.importers.rejects import Rejects

IMPORTERS: Mapping[str, Importer] = {
    importer.format: importer
    for importer in (OuladImporter(), Ds365Importer(), EventsImporter(), LearnersImporter(), CoursesImporter())
}
"""Every importer by the word for it on the command line."""

__all__ = [
    "CHUNK_ROWS", "Chunk", "IMPORTERS", "ImportOptions", "Importer", "Progress", "Rejects", "erase_rejected",
    "rejected_rows",
]  # fmt: skip
