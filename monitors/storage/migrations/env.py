"""What Alembic runs for every command, in its caller's connection and transaction."""

from alembic import context

from monitors.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
context.run_migrations()
