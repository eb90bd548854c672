"""Alembic's entry: the connection comes from ``engine.migrate``, so there is no ini file to keep."""

from alembic import context

from central_hub.storage import appointment_tables, hall_tables, pairing_tables  # noqa: F401 - their tables belong to the metadata
from central_hub.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
