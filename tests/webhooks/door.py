"""Parallel's door on a real port, and a caller who can sign, forge and lie."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import httpx
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute, Route

from monitors.accounts.webhook_check import NoticeWebhooks
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, QueueDownError, StoreDownError
from sandbox.plain_http import NO_TLS
from tests.sandbox.parallel.driver import serving
from webhooks.metrics import WebhookMetrics
from webhooks.routes import PATH, WebhookDoor

NOW: Final = 1_760_000_000
SECRET: Final = "whsec_" + b64encode(b"the secret of acme").decode()
OLD_SECRET: Final = "an older secret, no base64!"
ACME: Final = ParallelAccount("ep_acme", "key", (OLD_SECRET, SECRET), team_id="T1")
UNSIGNED: Final = ParallelAccount("ep_unsigned", "key", (), team_id="T2")

Json = Any


@dataclass(frozen=True, slots=True)
class Job:
    kind: str
    argument: Json
    key: str
    delay_seconds: float


@dataclass(slots=True)
class RecordedQueue:
    """A JobQueue that keeps what it is given; a key that waits already changes nothing."""

    is_down: bool = False
    jobs: list[Job] = field(default_factory=list[Job])

    async def enqueue(
        self,
        kind: str,
        argument: str,
        *,
        key: str,
        delay_seconds: float = 0,
        since: datetime | None = None,
    ) -> bool:
        del since
        if self.is_down:
            raise QueueDownError
        if all(job.key != key for job in self.jobs):
            self.jobs.append(Job(kind, json.loads(argument), key, delay_seconds))
        return True


@dataclass(slots=True)
class KnownAccounts:
    """An AccountStore of two accounts, which notes what it is asked."""

    is_down: bool = False
    asked: list[str] = field(default_factory=list[str])

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        return next((each for each in (ACME, UNSIGNED) if each.team_id == workspace.team_id), None)

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None:
        if self.is_down:
            raise StoreDownError
        self.asked.append(endpoint_id)
        return next((each for each in (ACME, UNSIGNED) if each.endpoint_id == endpoint_id), None)


@dataclass(slots=True)
class HeardNotices:
    """NoticeWebhooks that keeps what it hears."""

    heard: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def verified(self, endpoint_id: str, *, is_newest: bool, is_test: bool) -> None:
        self.heard.append((endpoint_id, is_newest, is_test))

    def refused(self, endpoint_id: str, *, is_stale: bool, is_streak: bool) -> None:
        why = "stale" if is_stale else "wrong"
        self.heard.append((endpoint_id, why, *(["streak"] if is_streak else [])))


@dataclass(slots=True)
class Door:
    """The running door as its tests see it."""

    url: str
    queue: RecordedQueue
    accounts: KnownAccounts
    notices: HeardNotices
    registry: CollectorRegistry
    http: httpx.Client

    def post(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        endpoint_id: str = ACME.endpoint_id,
    ) -> httpx.Response:
        return self.http.post(
            f"/webhooks/parallel/{endpoint_id}",
            content=body,
            headers=signed(body) if headers is None else headers,
        )

    def counted(self, verdict: str) -> float:
        labels = {"verdict": verdict}
        return self.registry.get_sample_value("threadwatch_webhooks_total", labels) or 0


@contextmanager
def open_door() -> Generator[Door]:
    queue, accounts, registry = RecordedQueue(), KnownAccounts(), CollectorRegistry()
    notices, metrics = HeardNotices(), WebhookMetrics(registry)
    door = WebhookDoor(
        cast("AccountStore", accounts),
        queue,
        notices=cast("NoticeWebhooks", notices),
        metrics=metrics,
        now=lambda: float(NOW),
    )
    routes: list[BaseRoute] = [Route(PATH, door, methods=["POST"])]
    with serving(routes) as url, httpx.Client(base_url=url, trust_env=False, verify=NO_TLS) as http:
        yield Door(url, queue, accounts, notices, registry, http)


def signature(body: bytes, key: bytes, *, webhook_id: str, timestamp: object) -> str:
    """As the Standard Webhooks specification has it, written without the app's code."""
    signed_bytes = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed_bytes, "sha256").digest()).decode()


def raw_key(secret: str) -> bytes:
    return secret.encode()


def base64_key(secret: str) -> bytes:
    return b64decode(secret.removeprefix("whsec_"))


def signed(
    body: bytes, *, key: bytes | None = None, webhook_id: str = "msg_1", timestamp: object = NOW
) -> dict[str, str]:
    key = raw_key(SECRET) if key is None else key
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(body, key, webhook_id=webhook_id, timestamp=timestamp),
    }


def detected(monitor_id: str = "monitor_1", group_id: str = "mevtgrp_1", **more: Json) -> bytes:
    event = {"event_group_id": group_id}
    return payload("monitor.event.detected", monitor_id=monitor_id, event=event, **more)


def payload(type_name: str, **data: Json) -> bytes:
    return json.dumps(
        {"type": type_name, "timestamp": "2025-10-27T14:56:05.619331Z", "data": data}
    ).encode()
