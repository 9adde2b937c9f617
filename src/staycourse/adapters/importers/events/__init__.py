"""Events of any platform, as CSV, JSON lines or Parquet: in the documented schema, or through a mapping file."""

from staycourse.adapters.importers.events.importer import EventsImporter

__all__ = ["EventsImporter"]
