"""xAPI statements from files: JSON lines, JSON arrays and statement results; a bad one never spoils the others."""

from staycourse.adapters.importers.xapi.importer import XapiImporter

__all__ = ["XapiImporter"]
