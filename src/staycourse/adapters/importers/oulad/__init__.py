"""The Open University Learning Analytics Dataset (Kuzilek, Hlosta, Zdrahal, Sci. Data 4, 170171, 2017)."""

from staycourse.adapters.importers.oulad.importer import OuladImporter

__all__ = ["OuladImporter"]
