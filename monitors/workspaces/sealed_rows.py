"""All encrypted rows, in any table: checking that the keys decrypt them, and re-encrypting."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Table, Update, select, update

from monitors.accounts.account_rows import account_context
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import AccountTable, InstallationTable
from monitors.workspaces.installations import installation_context

# Enough rows to tell a wrong key from a damaged row, at every start.
SAMPLE: Final = 50

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table with encrypted columns; `context` turns the values of `key` into their context."""

    table: Table
    key: tuple[str, ...]
    columns: tuple[str, ...]
    context: Callable[..., str]
    newest_first: str


_KINDS: Final = (
    _Kind(
        AccountTable, ("team_id",), ("api_key", "webhook_secrets"), account_context, "created_at"
    ),
    _Kind(
        InstallationTable,
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

        If only some can't be decrypted, they are logged: they must not stop the rest. Raises
        SealError if none can; says what to do.
        """
        found = [each async for each in self._resealed(limit=SAMPLE)]
        unopened = [context for context, change in found if change is None]
        if unopened and len(unopened) == len(found):
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
        async for context, change in self._resealed():
            if change is None:
                unopened.append(context)
                continue
            await self._database.change(change)
            rows += 1
        return Resealed(rows, tuple(unopened))

    async def _resealed(
        self, *, limit: int | None = None
    ) -> AsyncGenerator[tuple[str, Update | None]]:
        """Each row's context, and its update; None if a secret can't be decrypted."""
        for kind in _KINDS:
            columns = [kind.table.c[name] for name in (*kind.key, *kind.columns)]
            statement = (
                select(*columns)
                .where(kind.table.c[kind.columns[0]] != "")
                .order_by(kind.table.c[kind.newest_first].desc())
                .limit(limit)
            )
            for row in await self._database.rows(statement):
                values = dict(zip((*kind.key, *kind.columns), row, strict=True))
                context = kind.context(*(values[name] for name in kind.key))
                unchanged = (column == values[column.name] for column in columns)
                try:
                    resealed = {
                        name: values[name] and self._sealer.reseal(values[name], context=context)
                        for name in kind.columns
                    }
                except SealError:
                    yield context, None
                else:
                    yield context, update(kind.table).where(*unchanged).values(resealed)
