"""365 Data Science, a paid online platform, January to October 2022 (published as the "365 data challenge" tables)."""

from staycourse.adapters.importers.ds365.importer import Ds365Importer

__all__ = ["Ds365Importer"]
