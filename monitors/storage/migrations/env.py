"""What Alembic runs for every command: uses the connection, and the transaction, of its caller."""

from alembic import context

from monitors.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
