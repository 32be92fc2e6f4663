"""What Alembic runs for every command, in its caller's connection and transaction."""

from alembic import context

from monitors.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
