"""A database taken to a revision, forward or back."""

from alembic import command
from sqlalchemy import Connection, text

from monitors.storage.database import Database
from monitors.storage.schema import migrations


def migrate(connection: Connection, *, to: str, back: bool) -> None:
    config = migrations()
    config.attributes["connection"] = connection
    (command.downgrade if back else command.upgrade)(config, to)


async def run(database: Database, *statements: str, to: str, back: bool = False) -> None:
    """The statements first, all of it in one transaction."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))
        migrate(connection, to=to, back=back)

    await database.write(work)


async def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await database.rows(text(statement))]
