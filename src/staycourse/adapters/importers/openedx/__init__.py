"""Open edX tracking logs: what the platform wrote down of each click and request, read as events."""

from staycourse.adapters.importers.openedx.importer import OpenedxImporter

__all__ = ["OpenedxImporter"]
