"""Importers: foreign files read as events, courses and learners, in one shape the driver can resume."""

from collections.abc import Mapping

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, Importer, ImportOptions, Progress
from staycourse.adapters.importers.ds365 import Ds365Importer
from staycourse.adapters.importers.erasing import erase_rejected, rejected_rows
from staycourse.adapters.importers.events import EventsImporter
from staycourse.adapters.importers.moodle import MoodleImporter
from staycourse.adapters.importers.oneroster import OnerosterImporter
from staycourse.adapters.importers.openedx import OpenedxImporter
from staycourse.adapters.importers.oulad import OuladImporter
from staycourse.adapters.importers.records import CoursesImporter, LearnersImporter
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.xapi import XapiImporter

_ALL: tuple[Importer, ...] = (
    EventsImporter(), LearnersImporter(), CoursesImporter(), OpenedxImporter(), MoodleImporter(), XapiImporter(),
    OnerosterImporter(), OuladImporter(), Ds365Importer(),
)  # fmt: skip

IMPORTERS: Mapping[str, Importer] = {importer.format: importer for importer in _ALL}
"""Every importer by the word for it on the command line."""

__all__ = [
    "CHUNK_ROWS", "Chunk", "IMPORTERS", "ImportOptions", "Importer", "Progress", "Rejects", "erase_rejected",
    "rejected_rows",
]  # fmt: skip
