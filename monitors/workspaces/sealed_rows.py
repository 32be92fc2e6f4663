"""All encrypted rows, in any table: checking that the keys decrypt them, and re-encrypting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Table, and_, select, update

from monitors.accounts.account_rows import account_context
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import AccountTable, Base, InstallationTable
from monitors.workspaces.installations import installation_context

# Enough rows to tell a wrong key from a damaged row, at every start.
SAMPLE: Final = 50

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


# The columns of the row's key that its context needs, and then its encrypted values.
_Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table with encrypted columns; `context` turns the columns `key` into their context."""

    table: Table
    key: tuple[str, ...]
    columns: tuple[str, ...]
    context: Callable[..., str]
    newest_first: str

    def read(self, row: _Row) -> tuple[str, dict[str, str]]:
        """The row's context, and its encrypted values by column."""
        count = len(self.key)
        return self.context(*row[:count]), dict(zip(self.columns, row[count:], strict=True))


_KINDS: Final = (
    _Kind(
        Base.metadata.tables[AccountTable.__tablename__],
        ("team_id",),
        ("api_key", "webhook_secrets"),
        account_context,
        "created_at",
    ),
    _Kind(
        Base.metadata.tables[InstallationTable.__tablename__],
        ("enterprise_id", "team_id"),
        ("sealed",),
        installation_context,
        "installed_at",
    ),
)


def sealed_columns(table: Table) -> frozenset[str]:
    """The columns of a table that are never shown."""
    return frozenset(name for kind in _KINDS if kind.table is table for name in kind.columns)


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many rows now use the first key, and the contexts of those that no key decrypts."""

    rows: int
    unopened: tuple[str, ...]


class SealedRows:
    """Connected accounts and installations. The operator's row has no secrets."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def check(self) -> None:
        """Check that the keys decrypt the newest rows.

        If only some can't be decrypted, they are logged: they must not stop the rest.

        Raises:
            SealError: none can be decrypted; says what to do.
        """
        opened, unopened = 0, list[str]()
        for kind in _KINDS:
            for row in await self._rows(kind, limit=SAMPLE):
                context, _ = kind.read(row)
                if self._resealed(kind, row) is None:
                    unopened.append(context)
                else:
                    opened += 1
        if unopened and not opened:
            raise SealError(
                f"None of the {len(unopened)} stored secrets that were checked can be decrypted "
                "with ENCRYPTION_KEYS. Put back the key they were encrypted with. Keys are "
                "comma-separated: the first one encrypts, all of them decrypt. A generated key is "
                "in encryption.key in DATA_DIR."
            )
        for context in unopened:
            _log.error("secret can't be decrypted", sealed_for=context)

    async def reseal(self) -> Resealed:
        """Encrypt every row with the first key. A row changed in the meantime already uses it."""
        rows, unopened = 0, list[str]()
        for kind in _KINDS:
            for row in await self._rows(kind):
                context, sealed = kind.read(row)
                resealed = self._resealed(kind, row)
                if resealed is None:
                    unopened.append(context)
                    continue
                same = {**dict(zip(kind.key, row, strict=False)), **sealed}
                unchanged = and_(*(kind.table.c[name] == value for name, value in same.items()))
                statement = update(kind.table).where(unchanged).values(resealed)
                await self._database.write(lambda c, s=statement: c.execute(s))
                rows += 1
        return Resealed(rows, tuple(unopened))

    async def _rows(self, kind: _Kind, *, limit: int | None = None) -> list[_Row]:
        statement = (
            select(*(kind.table.c[name] for name in (*kind.key, *kind.columns)))
            .where(kind.table.c[kind.columns[0]] != "")
            .order_by(kind.table.c[kind.newest_first].desc())
            .limit(limit)
        )
        return await self._database.read(lambda c: [tuple(row) for row in c.execute(statement)])

    def _resealed(self, kind: _Kind, row: _Row) -> dict[str, str] | None:
        """The row's secrets, re-encrypted with the first key; None if one can't be decrypted."""
        context, sealed = kind.read(row)
        try:
            return {
                name: self._sealer.reseal(value, context=context) if value else ""
                for name, value in sealed.items()
            }
        except SealError:
            return None
