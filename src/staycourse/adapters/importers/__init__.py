"""Importers: foreign files read as events, courses and learners, in one shape the driver can resume."""

from collections.abc import Mapping

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, Importer, ImportOptions, Progress
from staycourse.adapters.importers.oulad import OuladImporter
from staycourse.adapters.importers.rejects import Rejects

IMPORTERS: Mapping[str, Importer] = {importer.format: importer for importer in (OuladImporter(),)}
"""Every importer by the word for it on the command line."""

__all__ = ["CHUNK_ROWS", "Chunk", "IMPORTERS", "ImportOptions", "Importer", "Progress", "Rejects"]
