"""Linked Parallel accounts, and the operator's own as the fallback."""

import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.domain.account import ParallelAccount
from monitors.domain.workspace import Workspace
from monitors.store.sealing import Sealer, SealError
from monitors.store.sql.statements import insert_into, reading, utc_now, writing
from monitors.store.sql.tables import AccountTable
from monitors.store.tenancy import team_of

_OPERATOR: Final = ""
_CACHE_SECONDS: Final = 10.0
_CACHE_SIZE: Final = 4096

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_COLUMNS: Final = (
    AccountTable.endpoint_id,
    AccountTable.team_id,
    AccountTable.api_key,
    AccountTable.webhook_secrets,
)


def _new_endpoint_id() -> str:
    return secrets.token_urlsafe(24)


class SqlAccounts:
    """`AccountStore` and `AccountDirectory`, and how accounts are linked.

    `by_endpoint` remembers what it found for ten seconds, so that a webhook costs no SQL in the
    steady state; a link changed by another process is seen within that time. `for_workspace` always
    asks, for a person who has just linked expects it to work.
    """

    def __init__(  # noqa: PLR0913 - time and ids are arguments
        self,
        engine: AsyncEngine,
        sealer: Sealer,
        *,
        operator_key: str | None = None,
        operator_secrets: Sequence[str] = (),
        monotonic_seconds: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        new_endpoint_id: Callable[[], str] = _new_endpoint_id,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._operator_key = operator_key
        self._operator_secrets = tuple(operator_secrets)
        self._monotonic_seconds = monotonic_seconds
        self._now = now
        self._new_endpoint_id = new_endpoint_id
        self._seen: OrderedDict[str, tuple[float, ParallelAccount]] = OrderedDict()

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, else the operator's, else None. Raises SealError.

        One question for both: every delivery asks it, and none must wait for a writer.
        """
        team_id = team_of(workspace)
        statement = select(*_COLUMNS).where(AccountTable.team_id.in_((team_id, _OPERATOR)))
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        found = {row.team_id: row for row in rows}
        row = found.get(team_id) or found.get(_OPERATOR)
        return await self.ensure_operator() if row is None else self._account(*row)

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None:
        """None also for the operator's endpoint while no key is set. Raises SealError."""
        seen = self._seen.get(endpoint_id)
        if seen is not None and self._monotonic_seconds() < seen[0]:
            return seen[1]
        statement = select(*_COLUMNS).where(AccountTable.endpoint_id == endpoint_id)
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        account = None if row is None else self._account(*row)
        if account is not None:
            self._remember(account)
        return account

    async def accounts(self) -> Sequence[ParallelAccount]:
        """Every account that can be used, the operator's among them.

        One that does not open (its key was lost) is named in the log: it must not keep the
        others' findings back.
        """
        await self.ensure_operator()
        statement = select(*_COLUMNS).order_by(AccountTable.created_at)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        found: list[ParallelAccount] = []
        for row in rows:
            try:
                account = self._account(*row)
            except SealError as error:
                _log.error("account left out", team_id=row.team_id, error=str(error))
                continue
            if account is not None:
                found.append(account)
        return found

    async def ensure_operator(self) -> ParallelAccount | None:
        """The operator's account, with the same endpoint at every start; None without a key."""
        if self._operator_key is None:
            return None
        statement = (
            insert_into(self._engine, AccountTable)
            .values(
                endpoint_id=self._new_endpoint_id(),
                team_id=_OPERATOR,
                api_key="",
                webhook_secrets="",
                created_at=self._now(),
            )
            .on_conflict_do_nothing(index_elements=["team_id"])
        )
        find = select(AccountTable.endpoint_id).where(AccountTable.team_id == _OPERATOR)
        async with writing(self._engine) as connection:
            await connection.execute(statement)
            endpoint_id = (await connection.execute(find)).scalar_one()
        return self._operator(endpoint_id)

    async def link(
        self, workspace: Workspace, api_key: str, webhook_secrets: Sequence[str] = ()
    ) -> ParallelAccount:
        """Give the workspace an account of its own, or another key for it; the endpoint stays."""
        team_id = team_of(workspace)
        context = account_context(team_id)
        sealed = {
            "api_key": self._sealer.seal(api_key, context=context),
            "webhook_secrets": self._sealer.seal(
                json.dumps(list(webhook_secrets)), context=context
            ),
        }
        statement = (
            insert_into(self._engine, AccountTable)
            .values(
                endpoint_id=self._new_endpoint_id(),
                team_id=team_id,
                created_at=self._now(),
                **sealed,
            )
            .on_conflict_do_update(index_elements=["team_id"], set_=sealed)
            .returning(AccountTable.endpoint_id)
        )
        async with writing(self._engine) as connection:
            endpoint_id = (await connection.execute(statement)).scalar_one()
        account = ParallelAccount(endpoint_id, api_key, tuple(webhook_secrets), team_id)
        self._remember(account)
        return account

    async def unlink(self, workspace: Workspace) -> None:
        """Forget the workspace's own account and its key."""
        statement = (
            delete(AccountTable)
            .where(AccountTable.team_id == team_of(workspace))
            .returning(AccountTable.endpoint_id)
        )
        async with writing(self._engine) as connection:
            for endpoint_id in (await connection.execute(statement)).scalars():
                self._seen.pop(endpoint_id, None)

    def _account(
        self, endpoint_id: str, team_id: str, api_key: str, webhook_secrets: str
    ) -> ParallelAccount | None:
        if team_id == _OPERATOR:
            return self._operator(endpoint_id)
        context = account_context(team_id)
        return ParallelAccount(
            endpoint_id=endpoint_id,
            api_key=self._sealer.open(api_key, context=context),
            webhook_secrets=tuple(json.loads(self._sealer.open(webhook_secrets, context=context))),
            team_id=team_id,
        )

    def _operator(self, endpoint_id: str) -> ParallelAccount | None:
        if self._operator_key is None:
            return None
        return ParallelAccount(endpoint_id, self._operator_key, self._operator_secrets)

    def _remember(self, account: ParallelAccount) -> None:
        expires = self._monotonic_seconds() + _CACHE_SECONDS
        self._seen[account.endpoint_id] = (expires, account)
        self._seen.move_to_end(account.endpoint_id)
        while len(self._seen) > _CACHE_SIZE:
            self._seen.popitem(last=False)


def account_context(team_id: str) -> str:
    """What an account's secrets are sealed for."""
    return f"parallel:{team_id}"
