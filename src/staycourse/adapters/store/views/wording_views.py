"""Templates as people look at them: their versions. Nothing is written here."""

from __future__ import annotations

from sqlalchemy import select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.views.contact_views import read_lines
from staycourse.care.messages import Template
from staycourse.desk import TemplateVersion


class TemplateViews:
    """The templates saved in one store, to be looked at."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def versions(self, tenant: str, template: str, limit: int) -> tuple[TemplateVersion, ...]:
        """Return the saved versions of one template in all languages, the newest first."""
        table = schema.templates
        asked = (
            select(table)
            .where(table.c.tenant == tenant, table.c.template == template)
            .order_by(table.c.saved.desc(), table.c.language, table.c.version.desc())
            .limit(limit)
        )
        with self.database.reading() as connection:
            return read_lines(
                connection,
                asked,
                lambda row: TemplateVersion(
                    Template(row["template"], row["language"], row["subject"], row["text"], row["short"]),
                    row["version"],
                    row["saved"],
                    row["author"],
                ),
            )
