"""Linked Parallel accounts, and the operator's own as the fallback."""

import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.accounts.notes import AccountNotes
from monitors.model.account import AccountHealth, ParallelAccount
from monitors.model.workspace import Workspace
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.statements import insert_into, reading, utc_now, writing
from monitors.storage.tables import AccountTable
from monitors.storage.tenancy import team_of

# How long Parallel goes on sending a webhook again, signed as it was the first time.
SECRET_OVERLAP: Final = timedelta(hours=48)

_OPERATOR: Final = ""
_CACHE_SECONDS: Final = 10.0
_CACHE_SIZE: Final = 4096
_MOST_SECRETS: Final = 5

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_COLUMNS: Final = (
    AccountTable.endpoint_id,
    AccountTable.team_id,
    AccountTable.api_key,
    AccountTable.webhook_secrets,
    AccountTable.old_secrets_until,
)
_HEALTH: Final = (
    AccountTable.linked_by,
    AccountTable.linked_at,
    AccountTable.last_good_call_at,
    AccountTable.last_webhook_at,
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
        self._notes = AccountNotes(engine, monotonic_seconds=monotonic_seconds)

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

    async def health(self, workspace: Workspace) -> AccountHealth | None:
        """Of the account that `for_workspace` names; None where there is none. Raises SealError."""
        account = await self.for_workspace(workspace)
        if account is None:
            return None
        statement = select(*_HEALTH, AccountTable.old_secrets_until).where(
            AccountTable.endpoint_id == account.endpoint_id
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        until = row.old_secrets_until
        return AccountHealth(
            last_four=account.last_four,
            is_operators=account.team_id is None,
            has_secret=bool(account.webhook_secrets),
            linked_by=row.linked_by,
            linked_at=row.linked_at,
            last_good_call_at=row.last_good_call_at,
            last_webhook_at=row.last_webhook_at,
            old_secrets_until=until if until and until > self._now() else None,
        )

    async def note_good_call(self, endpoint_id: str, now: datetime) -> None:
        """Parallel did something with the account's key. Kept about once a minute; never raises."""
        await self._notes.note(endpoint_id, "last_good_call_at", now)

    async def note_webhook(self, endpoint_id: str, now: datetime) -> None:
        """A webhook's signature was right. Kept about once a minute; never raises."""
        await self._notes.note(endpoint_id, "last_webhook_at", now)

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
        self,
        workspace: Workspace,
        api_key: str,
        webhook_secrets: Sequence[str] = (),
        *,
        linked_by: str | None = None,
    ) -> ParallelAccount:
        """Give the workspace an account of its own, or another key for it; the endpoint stays.

        The key was tried just now; `linked_by` is the Slack user who gave it.
        """
        team_id = team_of(workspace)
        values = {
            **self._sealed(team_id, api_key=api_key),
            **self._sealed(team_id, webhook_secrets=json.dumps(list(webhook_secrets))),
            "linked_by": linked_by,
            "linked_at": self._now(),
            "last_good_call_at": self._now(),
            "last_webhook_at": None,
            "old_secrets_until": None,
        }
        statement = (
            insert_into(self._engine, AccountTable)
            .values(
                endpoint_id=self._new_endpoint_id(),
                team_id=team_id,
                created_at=self._now(),
                **values,
            )
            .on_conflict_do_update(index_elements=["team_id"], set_=values)
            .returning(AccountTable.endpoint_id)
        )
        async with writing(self._engine) as connection:
            endpoint_id = (await connection.execute(statement)).scalar_one()
        account = ParallelAccount(endpoint_id, api_key, tuple(webhook_secrets), team_id)
        self._remember(account)
        self._notes.forget(endpoint_id)
        return account

    async def add_secret(self, workspace: Workspace, secret: str) -> ParallelAccount | None:
        """Make it the newest secret of the workspace's own account; None when it has none.

        Earlier ones count for `SECRET_OVERLAP` more. Raises SealError.
        """
        mine = AccountTable.team_id == team_of(workspace)
        while True:
            async with reading(self._engine) as connection:
                row = (await connection.execute(select(*_COLUMNS).where(mine))).one_or_none()
            account = None if row is None else self._account(*row)
            if row is None or account is None:
                return None
            known = [each for each in account.webhook_secrets if each != secret]
            kept = [secret, *known][:_MOST_SECRETS]
            changed = {
                **self._sealed(row.team_id, webhook_secrets=json.dumps(kept)),
                "old_secrets_until": self._now() + SECRET_OVERLAP if known else None,
            }
            # Unless the row was changed meanwhile: then it is read again.
            same = AccountTable.webhook_secrets == row.webhook_secrets
            statement = update(AccountTable).where(mine, same).values(changed)
            async with writing(self._engine) as connection:
                done = (await connection.execute(statement)).rowcount
            if done:
                self._seen.pop(row.endpoint_id, None)
                return replace(account, webhook_secrets=tuple(kept))

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

    def _sealed(self, team_id: str, **secrets: str) -> dict[str, str]:
        context = account_context(team_id)
        return {name: self._sealer.seal(text, context=context) for name, text in secrets.items()}

    def _account(
        self,
        endpoint_id: str,
        team_id: str,
        api_key: str,
        webhook_secrets: str,
        old_secrets_until: datetime | None,
    ) -> ParallelAccount | None:
        if team_id == _OPERATOR:
            return self._operator(endpoint_id)
        context = account_context(team_id)
        secrets = tuple(json.loads(self._sealer.open(webhook_secrets, context=context)))
        if old_secrets_until is not None and old_secrets_until <= self._now():
            secrets = secrets[:1]
        return ParallelAccount(
            endpoint_id=endpoint_id,
            api_key=self._sealer.open(api_key, context=context),
            webhook_secrets=secrets,
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
