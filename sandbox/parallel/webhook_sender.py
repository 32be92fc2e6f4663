"""Delivers webhooks: signs them, tries again until they are taken or 48 hours are over."""

import json
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import httpx

from sandbox.clock import Clock
from sandbox.parallel import signing
from sandbox.parallel.fields import EventType, JsonObject, is_loopback
from sandbox.parallel.records import Account
from sandbox.scheduler import Scheduler

WebhookMode = Literal["normal", "doubled", "late", "forged", "lost", "stale", "v1alpha_shape"]

FIRST_RETRY_SECONDS = 5.0
RETRY_WINDOW_SECONDS = 48 * 3600.0
ATTEMPTS_SHOWN = 100
STALE_SECONDS = 600
_FORGED_KEY = b"not the secret of this account"


@dataclass(slots=True)
class Delivery:
    """One webhook on its way; what is false about it is false in one try only, never retried."""

    webhook_id: str
    monitor_id: str
    type: EventType
    account: Account
    url: str
    body: bytes
    mode: WebhookMode = "normal"
    first_try_at: float | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    delivery: Delivery
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    next_attempt_at: float | None


class WebhookSender:
    """Makes deliveries in the background; `attempts` are the latest tries, oldest first."""

    def __init__(self, clock: Clock, scheduler: Scheduler) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._client: httpx.AsyncClient | None = None
        self.attempts: deque[Attempt] = deque(maxlen=ATTEMPTS_SHOWN)

    def start(self) -> None:
        # No proxies and no redirects, as a sender of signed bodies should.
        self._client = httpx.AsyncClient(timeout=10, trust_env=False, follow_redirects=False)

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def send(self, delivery: Delivery, *, late_seconds: float = 0.0) -> None:
        if delivery.mode == "late":
            self._scheduler.after(late_seconds, lambda: self._begin(delivery))
            return
        self._begin(delivery)
        if delivery.mode == "doubled":
            self._begin(replace(delivery))

    def _begin(self, delivery: Delivery) -> None:
        self._scheduler.run(self._try(delivery))

    async def _try(self, delivery: Delivery) -> None:
        now = self._clock.time()
        if delivery.first_try_at is None:
            delivery.first_try_at = now
        delivery.tries += 1
        attempt, at = delivery.tries, self._clock.now()
        status, error = await self._post(delivery)
        again_at = None if status is not None and status // 100 == 2 else self._next_try(delivery)  # noqa: PLR2004 - 2xx
        if again_at is not None:
            self._scheduler.at(again_at, lambda: self._begin(delivery))
        self.attempts.append(Attempt(delivery, attempt, at, status, error, again_at))

    def _next_try(self, delivery: Delivery) -> float | None:
        if delivery.mode in {"forged", "stale"} or delivery.first_try_at is None:
            return None
        again_at = self._clock.time() + FIRST_RETRY_SECONDS * 2 ** (delivery.tries - 1)
        in_time = again_at - delivery.first_try_at <= RETRY_WINDOW_SECONDS
        return again_at if in_time else None

    async def _post(self, delivery: Delivery) -> tuple[int | None, str | None]:
        if self._client is None:
            return None, "not started"
        try:
            if not is_loopback(httpx.URL(delivery.url).host):
                return None, "not sent: this address is beyond this machine"
            answer = await self._client.post(
                delivery.url, content=delivery.body, headers=self._headers(delivery)
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
        return answer.status_code, None

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        account = delivery.account
        keys = [signing.key_bytes(each, account.key_reading) for each in account.webhook_secrets]
        # Receivers compare with their own clocks: real time, whatever the sandbox's clock says.
        timestamp = int(self._clock.wall())
        return signing.headers(
            [_FORGED_KEY] if delivery.mode == "forged" else keys,
            webhook_id=delivery.webhook_id,
            timestamp=timestamp - STALE_SECONDS if delivery.mode == "stale" else timestamp,
            body=delivery.body,
        )


def pack(payload: JsonObject) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
