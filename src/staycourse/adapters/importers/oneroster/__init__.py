"""OneRoster 1.1 and 1.2 CSV bundles: learners, their classes, and who is enrolled."""

from staycourse.adapters.importers.oneroster.importer import OnerosterImporter

__all__ = ["OnerosterImporter"]
