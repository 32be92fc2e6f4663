"""Opens the stores and the keys, and makes what commands use of them without the rest."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import httpx
from docket import Docket
from pydantic import SecretStr
from redis.asyncio import Redis

from monitors.accounts.store import SqlAccounts
from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.parallel.calls import OnGoodCall
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.signing import Signer
from monitors.settings import Settings
from monitors.storage.data_dir import private_directory
from monitors.storage.database import Database, open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.reach import require_stores
from monitors.storage.redis_client import open_redis, parse_redis_url
from monitors.storage.schema import require_current, upgrade
from monitors.storage.sealing import Sealer
from monitors.work.queue import open_docket
from monitors.workspaces.sealed_rows import SealedRows


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept, and where."""

    redis: Redis
    database: Database
    sealer: Sealer
    docket: Docket
    embedded: EmbeddedValkey | None


async def open_stores(settings: Settings, stack: AsyncExitStack) -> Stores:
    if settings.redis_url is None or settings.database_url is None:
        private_directory(settings.data_dir)
    embedded = None
    url = settings.redis_url
    if url is None:
        embedded = EmbeddedValkey(settings.data_dir)
        url = embedded.start()
        stack.callback(embedded.stop)
    else:
        url = parse_redis_url(url)
    redis = open_redis(url)
    stack.push_async_callback(redis.aclose)
    database = open_database(settings.database_url, settings.data_dir)
    stack.push_async_callback(database.aclose)
    await require_stores(
        redis if settings.redis_url else None, database if settings.database_url else None
    )
    await (upgrade(database) if settings.database_url is None else require_current(database))
    sealer = open_sealer(settings)
    await SealedRows(database, sealer).check()
    docket = await stack.enter_async_context(open_docket(url))
    return Stores(redis, database, sealer, docket, embedded)


def open_sealer(settings: Settings) -> Sealer:
    """Raises SealError."""
    if settings.encryption_keys is not None:
        return Sealer.from_text(settings.encryption_keys.get_secret_value())
    return Sealer.from_data_dir(settings.data_dir)


def accounts_in(settings: Settings, database: Database, sealer: Sealer) -> SqlAccounts:
    return SqlAccounts(
        database,
        sealer,
        operator_key=secret(settings.parallel_api_key),
        operator_secrets=secrets(settings.parallel_webhook_secret),
        operator_team_ids=settings.operator_team_ids,
    )


def gateway_on(
    http: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    sealer: Sealer,
    *,
    on_good_call: OnGoodCall = lambda _account: None,
) -> ParallelGateway:
    return ParallelGateway(
        http,
        base_url=settings.parallel_base_url,
        webhook_url=partial(webhook_address, settings.public_url),
        signer=Signer(sealer.keys),
        is_known=Monitors(database).is_older,
        on_good_call=on_good_call,
    )


def webhook_address(public_url: str | None, account: ParallelAccount) -> str | None:
    """Where Parallel sends an account's webhooks; None in polling mode."""
    if public_url is None:
        return None
    return f"{public_url}/webhooks/parallel/{account.endpoint_id}"


def secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def secrets(value: SecretStr | None) -> tuple[str, ...]:
    """Comma-separated, so that an old secret can overlap with its successor."""
    return tuple(part.strip() for part in (secret(value) or "").split(",") if part.strip())
