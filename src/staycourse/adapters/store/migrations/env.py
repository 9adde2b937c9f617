"""Alembic's entry: migrates over the connection that the store hands in; no address is kept in a file."""

from alembic import context

from staycourse.adapters.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
