"""A database taken to a revision, forward or back."""

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.storage.engine import READS_THEN_WRITES
from monitors.storage.schema import migrations


def migrate(connection: Connection, *, to: str, back: bool) -> None:
    config = migrations()
    config.attributes["connection"] = connection
    (command.downgrade if back else command.upgrade)(config, to)


async def run(engine: AsyncEngine, *statements: str, to: str, back: bool = False) -> None:
    """The statements first, all of it in one transaction."""
    async with engine.connect() as connection:
        await connection.execution_options(**READS_THEN_WRITES)
        async with connection.begin():
            for statement in statements:
                await connection.execute(text(statement))
            await connection.run_sync(lambda each: migrate(each, to=to, back=back))


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]
