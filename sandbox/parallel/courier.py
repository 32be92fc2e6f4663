"""Delivers webhooks: signs them, tries again until they are taken or 48 hours are over."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import httpx

from sandbox.clock import Clock
from sandbox.parallel import signing
from sandbox.parallel.agenda import Agenda
from sandbox.parallel.fields import EventType, JsonObject, is_loopback
from sandbox.parallel.records import Account

WebhookMode = Literal["normal", "doubled", "late", "forged", "lost", "stale", "v1alpha_shape"]

FIRST_RETRY_SECONDS = 5.0
RETRY_WINDOW_SECONDS = 48 * 3600.0
ATTEMPTS_SHOWN = 100
STALE_SECONDS = 600
_FORGED_KEY = b"not the secret of this account"


@dataclass(slots=True)
class Parcel:
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
    parcel: Parcel
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    next_attempt_at: float | None


class Courier:
    """Sends parcels in the background; `attempts` are the latest tries, oldest first."""

    def __init__(
        self,
        clock: Clock,
        agenda: Agenda,
        *,
        http: Callable[[], httpx.AsyncClient],
        beyond_loopback: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._agenda = agenda
        self._http = http
        self._beyond_loopback = beyond_loopback
        self._client: httpx.AsyncClient | None = None
        self._trips: set[asyncio.Task[None]] = set()
        self.attempts: deque[Attempt] = deque(maxlen=ATTEMPTS_SHOWN)

    def start(self) -> None:
        self._client = self._http()

    async def stop(self) -> None:
        await self.recall()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def recall(self) -> None:
        """Give up what is under way."""
        trips = set(self._trips)
        for trip in trips:
            trip.cancel()
        if trips:
            await asyncio.wait(trips)
        self.attempts.clear()

    def send(self, parcel: Parcel, *, late_seconds: float = 0.0) -> None:
        if parcel.mode == "late":
            self._agenda.after(late_seconds, lambda: self._set_out(parcel))
            return
        self._set_out(parcel)
        if parcel.mode == "doubled":
            self._set_out(replace(parcel))

    def _set_out(self, parcel: Parcel) -> None:
        trip = asyncio.get_running_loop().create_task(self._try(parcel))
        self._trips.add(trip)
        trip.add_done_callback(self._trips.discard)

    async def _try(self, parcel: Parcel) -> None:
        now = self._clock.time()
        if parcel.first_try_at is None:
            parcel.first_try_at = now
        parcel.tries += 1
        attempt, at = parcel.tries, self._clock.now()
        status, error = await self._post(parcel)
        again_at = None if status is not None and status // 100 == 2 else self._next_try(parcel)  # noqa: PLR2004 - 2xx
        if again_at is not None:
            self._agenda.at(again_at, lambda: self._set_out(parcel))
        self.attempts.append(Attempt(parcel, attempt, at, status, error, again_at))

    def _next_try(self, parcel: Parcel) -> float | None:
        if parcel.mode in {"forged", "stale"} or parcel.first_try_at is None:
            return None
        again_at = self._clock.time() + FIRST_RETRY_SECONDS * 2 ** (parcel.tries - 1)
        in_time = again_at - parcel.first_try_at <= RETRY_WINDOW_SECONDS
        return again_at if in_time else None

    async def _post(self, parcel: Parcel) -> tuple[int | None, str | None]:
        if self._client is None:
            return None, "not started"
        try:
            if not self._beyond_loopback() and not is_loopback(httpx.URL(parcel.url).host):
                return None, "not sent: this address is beyond this machine"
            answer = await self._client.post(
                parcel.url, content=parcel.body, headers=self._headers(parcel)
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
        return answer.status_code, None

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        account = parcel.account
        keys = [signing.key_bytes(each, account.key_reading) for each in account.webhook_secrets]
        # Receivers compare with their own clocks: real time, whatever the sandbox's clock says.
        timestamp = int(self._clock.wall())
        return signing.headers(
            [_FORGED_KEY] if parcel.mode == "forged" else keys,
            webhook_id=parcel.webhook_id,
            timestamp=timestamp - STALE_SECONDS if parcel.mode == "stale" else timestamp,
            body=parcel.body,
        )


def pack(payload: JsonObject) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
