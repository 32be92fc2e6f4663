"""Connected Parallel accounts, with the operator's own as the fallback."""

import json
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from cachetools import TTLCache
from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, or_, select, update

from monitors.accounts.account_rows import OPERATOR, AccountRows
from monitors.accounts.last_seen import LastSeen
from monitors.model.account import AccountHealth, AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer
from monitors.storage.statements import utc_now
from monitors.storage.tables import AccountTable
from monitors.storage.tenancy import team_of

# How long Parallel retries a webhook, with its first signature.
SECRET_OVERLAP: Final = timedelta(hours=48)

_CACHE_SECONDS: Final = 10.0
_CACHE_SIZE: Final = 4096
_MOST_SECRETS: Final = 5

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_COLUMNS: Final = tuple(AccountTable.c)
_CONNECTED: Final = AccountTable.c.left_at.is_(None)
# Built once: every delivery asks it.
_SERVING: Final = select(*_COLUMNS).where(
    or_(AccountTable.c.team_id == bindparam("of_team"), AccountTable.c.team_id == OPERATOR),
    _CONNECTED,
)
_NOT_SUSPENDED: Final = {"suspended_reason": None, "suspended_since": None}


def _new_endpoint_id() -> str:
    return secrets.token_urlsafe(24)


class SqlAccounts:
    """`AccountStore`, and connecting and disconnecting accounts.

    A disconnected account serves no one; its key is stored until its monitors are cancelled.
    `by_endpoint` caches for ten seconds, so that most webhooks cost no SQL. `for_workspace` doesn't
    cache, because a person who has just connected an account expects it to work. The operator's
    account serves those of `operator_team_ids` (None: all) that haven't connected their own.
    """

    def __init__(  # noqa: PLR0913 - time and ids are arguments
        self,
        database: Database,
        sealer: Sealer,
        *,
        operator_key: str | None = None,
        operator_secrets: Sequence[str] = (),
        operator_team_ids: Collection[str] | None = None,
        monotonic_seconds: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        new_endpoint_id: Callable[[], str] = _new_endpoint_id,
    ) -> None:
        self._database = database
        self._rows = AccountRows(sealer, operator_key, tuple(operator_secrets), now)
        self._operator_team_ids = operator_team_ids
        self._now = now
        self._new_endpoint_id = new_endpoint_id
        self._seen = TTLCache[str, ParallelAccount](_CACHE_SIZE, _CACHE_SECONDS, monotonic_seconds)
        self.last_seen = LastSeen(database, now=now, monotonic_seconds=monotonic_seconds)

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, else the operator's if it serves it. Raises SealError."""
        row = await self._serving(workspace)
        return None if row is None else self._rows.account(row)

    async def own(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, if that is the one that serves it. Raises SealError."""
        account = await self.for_workspace(workspace)
        return account if account is not None and account.team_id else None

    async def health(self, workspace: Workspace) -> AccountHealth | None:
        """The state of `for_workspace`'s account; None if there is none. Raises SealError."""
        row = await self._serving(workspace)
        account = None if row is None else self._rows.account(row)
        if row is None or account is None:
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
            webhooks_refused_at=row.webhooks_refused_at,
            old_secrets_until=until if until and until > self._now() else None,
            problem=AccountProblem(row.suspended_reason) if row.suspended_reason else None,
        )

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None:
        """None also for the operator's endpoint if no key is set. Raises SealError."""
        seen = self._seen.get(endpoint_id)
        if seen is not None:
            return seen
        rows = await self._select(AccountTable.c.endpoint_id == endpoint_id, _CONNECTED)
        account = self._rows.account(rows[0]) if rows else None
        if account is not None:
            self._seen[endpoint_id] = account
        return account

    async def accounts(self) -> Sequence[ParallelAccount]:
        """Every account that serves someone, the operator's among them."""
        found = self._rows.opened(await self._select(_CONNECTED))
        if self._operator_team_ids is None or self._operator_team_ids:
            return found
        return [each for each in found if each.team_id is not None]

    async def may_hold_monitors_of(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """The workspace's own account, those it is disconnecting from, and the operator's."""
        return self._rows.opened(
            await self._select(AccountTable.c.team_id.in_((team_of(workspace), OPERATOR)))
        )

    async def ensure_operator(self) -> ParallelAccount | None:
        """At start: the operator's account, whose endpoint stays the same; None without a key."""
        if self._rows.operator_key is None:
            return None
        insert = (
            self._database.insert(AccountTable)
            .values(
                endpoint_id=self._new_endpoint_id(),
                team_id=OPERATOR,
                enterprise_id="",
                api_key="",
                webhook_secrets="",
                created_at=self._now(),
            )
            .on_conflict_do_nothing(index_elements=["team_id"], index_where=_CONNECTED)
        )
        find = select(AccountTable.c.endpoint_id).where(AccountTable.c.team_id == OPERATOR)

        def work(connection: Connection) -> str:
            connection.execute(insert)
            return connection.execute(find).scalar_one()

        return self._rows.operator(await self._database.write(work))

    # Connecting and disconnecting

    async def connect(
        self,
        workspace: Workspace,
        api_key: str,
        webhook_secrets: Sequence[str] = (),
        *,
        linked_by: str | None = None,
    ) -> ParallelAccount:
        """Connect the workspace's own account, or store a new key for it; the endpoint stays.

        The key has been tested; `linked_by` is the Slack user who entered it.
        """
        team_id = team_of(workspace)
        values = {
            **self._rows.sealed(team_id, api_key=api_key),
            **self._rows.sealed(team_id, webhook_secrets=json.dumps(list(webhook_secrets))),
            "enterprise_id": workspace.enterprise_id or "",
            "linked_by": linked_by,
            "linked_at": self._now(),
            "last_good_call_at": self._now(),
            "last_webhook_at": None,
            "webhooks_refused_at": None,
            "old_secrets_until": None,
            **_NOT_SUSPENDED,
        }
        statement = (
            self._database.insert(AccountTable)
            .values(
                endpoint_id=self._new_endpoint_id(),
                team_id=team_id,
                created_at=self._now(),
                **values,
            )
            .on_conflict_do_update(index_elements=["team_id"], index_where=_CONNECTED, set_=values)
            .returning(AccountTable.c.endpoint_id)
        )
        endpoint_id = (await self._database.changed(statement))[0].endpoint_id
        account = ParallelAccount(endpoint_id, api_key, tuple(webhook_secrets), team_id)
        self._seen[endpoint_id] = account
        self.last_seen.reset(endpoint_id)
        return account

    async def add_secret(self, workspace: Workspace, secret: str) -> ParallelAccount | None:
        """Make it the newest secret of the workspace's own account; None if it has none.

        Earlier secrets are accepted for another `SECRET_OVERLAP`. Raises SealError.
        """
        mine = (AccountTable.c.team_id == team_of(workspace), _CONNECTED)
        while True:
            rows = await self._select(*mine)
            account = self._rows.account(rows[0]) if rows else None
            if account is None:
                return None
            row = rows[0]
            known = [each for each in account.webhook_secrets if each != secret]
            kept = [secret, *known][:_MOST_SECRETS]
            changed = {
                **self._rows.sealed(row.team_id, webhook_secrets=json.dumps(kept)),
                "old_secrets_until": self._now() + SECRET_OVERLAP if known else None,
            }
            # If the row was changed in the meantime, it is read again.
            same = AccountTable.c.webhook_secrets == row.webhook_secrets
            if await self._database.change(update(AccountTable).where(*mine, same).values(changed)):
                self._seen.pop(row.endpoint_id, None)
                return replace(account, webhook_secrets=tuple(kept))

    async def disconnect(
        self, workspace: Workspace, endpoint_id: str, linked_at: datetime | None
    ) -> None:
        """Stop using the account; its key is stored until `delete_disconnected`.

        Does nothing if it is already disconnected, or connected again since `linked_at`.
        """
        await self._database.change(
            update(AccountTable)
            .where(
                AccountTable.c.team_id == team_of(workspace),
                AccountTable.c.endpoint_id == endpoint_id,
                AccountTable.c.linked_at.is_not_distinct_from(linked_at),
                _CONNECTED,
            )
            .values(left_at=self._now(), webhook_secrets="", **_NOT_SUSPENDED)
        )
        self._seen.pop(endpoint_id, None)

    async def disconnected(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """Disconnected accounts on which the workspace's monitors may still run."""
        rows = await self._select(
            AccountTable.c.team_id == team_of(workspace), AccountTable.c.left_at.is_not(None)
        )
        return [each for row in rows if (each := self._rows.account(row)) is not None]

    async def delete_disconnected(self, workspace: Workspace, endpoint_id: str) -> None:
        """Delete a disconnected account's key."""
        await self._database.change(
            delete(AccountTable).where(
                AccountTable.c.team_id == team_of(workspace),
                AccountTable.c.endpoint_id == endpoint_id,
                AccountTable.c.left_at.is_not(None),
            )
        )

    # Suspensions

    async def suspend(self, endpoint_id: str, reason: AccountProblem) -> AccountSuspension | None:
        """Returns the suspension; if it has the same reason as before, `since` stays."""
        is_same = AccountTable.c.suspended_reason == reason.value
        since = case((is_same, AccountTable.c.suspended_since), else_=self._now())
        statement = (
            update(AccountTable)
            .where(AccountTable.c.endpoint_id == endpoint_id, _CONNECTED)
            .values(suspended_reason=reason.value, suspended_since=since)
            .returning(AccountTable.c.suspended_since)
        )
        found = await self._database.changed(statement)
        return AccountSuspension(reason, found[0].suspended_since) if found else None

    async def suspension(self, endpoint_id: str) -> AccountSuspension | None:
        rows = await self._select(AccountTable.c.endpoint_id == endpoint_id, _CONNECTED)
        if not rows or rows[0].suspended_reason is None:
            return None
        return AccountSuspension(AccountProblem(rows[0].suspended_reason), rows[0].suspended_since)

    async def resume(self, endpoint_id: str) -> None:
        """End the account's suspension."""
        suspended = AccountTable.c.suspended_reason.is_not(None)
        await self._database.change(
            update(AccountTable)
            .where(AccountTable.c.endpoint_id == endpoint_id, suspended)
            .values(_NOT_SUSPENDED)
        )

    # Rows

    async def _serving(self, workspace: Workspace) -> Row[Any] | None:
        """Reads both rows in one SELECT: every delivery does it, and must not wait for a writer."""
        team_id = team_of(workspace)
        rows = await self._database.look_up(_SERVING, {"of_team": team_id})
        found, allowed = {row.team_id: row for row in rows}, self._operator_team_ids
        operators = found.get(OPERATOR) if allowed is None or team_id in allowed else None
        return found.get(team_id) or operators

    async def _select(self, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
        return await self._database.rows(
            select(*_COLUMNS).where(*conditions).order_by(AccountTable.c.created_at)
        )
