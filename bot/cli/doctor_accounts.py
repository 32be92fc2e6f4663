"""What the doctor asks of Parallel: each account's key, and its last verified webhook."""

import asyncio
from datetime import datetime
from operator import itemgetter
from typing import Final

from sqlalchemy import select

from bot.cli.finding import MOST_NAMED, Finding, fix, ok, skip, warn
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.monitor import MonitorHome
from monitors.model.parallel_errors import BadKeyError, ParallelError
from monitors.model.words import counted
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.signing import Signer
from monitors.parallel.transport import open_http
from monitors.ports import StoreDownError
from monitors.settings import Settings
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import AccountTable

CALL_SECONDS: Final = 10.0


async def operators_key(settings: Settings) -> Finding:
    name = "Parallel key"
    if settings.parallel_api_key is None:
        return skip(name, "PARALLEL_API_KEY isn't set: each workspace connects its own account")
    account = ParallelAccount("doctor", settings.parallel_api_key.get_secret_value())
    try:
        active = await _active(settings, account)
    except BadKeyError:
        return fix(
            name,
            "Parallel rejects PARALLEL_API_KEY. Copy it again from platform.parallel.ai, API keys.",
        )
    except (ParallelError, TimeoutError) as error:
        why = str(error).rstrip(".") or "no answer"
        return fix(name, f"Parallel can't be used right now: {why}.")
    return ok(name, f"accepted; {counted(active, 'active monitor')}")


async def connected_keys(settings: Settings, database: Database, sealer: Sealer) -> Finding:
    """Of accounts that workspaces have connected; their admins can replace them."""
    name = "connected accounts"
    try:
        accounts = await SqlAccounts(database, sealer).accounts()
    except (StoreDownError, SealError) as error:
        return fix(name, str(error))
    asked = [each for each in accounts if each.team_id][:MOST_NAMED]
    if not asked:
        return skip(name, "no workspace has connected one")
    wrong: list[str] = []
    for account in asked:
        try:
            await _active(settings, account)
        except BadKeyError:
            wrong.append(f"{account.team_id} (key rejected)")
        except (ParallelError, TimeoutError) as error:
            wrong.append(f"{account.team_id} ({error or 'no answer'})")
    if wrong:
        return warn(
            name,
            f"Parallel refuses {', '.join(wrong)}. An admin there can connect it again in the Home "
            "tab.",
        )
    return ok(name, f"Parallel accepts the keys of {counted(len(asked), 'account')}")


async def verified_webhooks(settings: Settings, database: Database) -> Finding:
    name = "webhooks received"
    if settings.public_url is None:
        return skip(name, "findings are polled")
    columns = (
        AccountTable.c.team_id,
        AccountTable.c.last_webhook_at,
        AccountTable.c.webhooks_refused_at,
    )
    statement = select(*columns).where(AccountTable.c.left_at.is_(None))
    try:
        rows = await database.read(
            lambda c: [(row[0], row[1], row[2]) for row in c.execute(statement)]
        )
    except StoreDownError as error:
        return fix(name, str(error))
    if not rows:
        return skip(name, "no account is connected yet")
    seen = [
        f"{team_id or 'PARALLEL_API_KEY'} {_at(last)}"
        for team_id, last, _ in sorted(rows, key=itemgetter(0))
    ]
    words = ", ".join(seen[:MOST_NAMED]) + (" …" if len(seen) > MOST_NAMED else "")
    refused = {each[0] for each in rows if _is_refused(each[1], each[2])}
    if "" in refused:
        return fix(
            name,
            "they don't match PARALLEL_WEBHOOK_SECRET. Copy it again from platform.parallel.ai, "
            "Settings, Webhooks.",
        )
    if refused:
        return warn(
            name,
            f"they don't match the secret of {', '.join(sorted(refused))}: an admin there can "
            "change it in the Home tab",
        )
    # An account without findings has no webhooks either, so silence alone is no mistake.
    return ok(name, f"last verified one of each account (UTC): {words}")


def _at(last: datetime | None) -> str:
    return "not yet" if last is None else f"{last:%Y-%m-%d %H:%M}"


def _is_refused(last: datetime | None, refused: datetime | None) -> bool:
    return refused is not None and (last is None or last < refused)


async def _active(settings: Settings, account: ParallelAccount) -> int:
    """How many monitors run on it. Raises ParallelError, TimeoutError."""
    async with open_http(timeout_seconds=CALL_SECONDS) as http, asyncio.timeout(CALL_SECONDS):
        gateway = ParallelGateway(
            http,
            base_url=settings.parallel_base_url,
            webhook_url=lambda _account: None,
            signer=Signer([b"unused: it only counts"]),
            is_known=_unknown,
        )
        return len(await gateway.list_monitors(account))


async def _unknown(_monitor_id: str, _home: MonitorHome) -> bool:
    return False
