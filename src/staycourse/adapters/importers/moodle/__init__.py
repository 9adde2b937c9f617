"""Moodle's standard log store, exported from its database table, read as events."""

from staycourse.adapters.importers.moodle.importer import MoodleImporter

__all__ = ["MoodleImporter"]
