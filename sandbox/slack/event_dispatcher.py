"""Requests to the app: truly signed, timed, logged; events tried again as Slack documents.

They go to the Request URL or, in Socket Mode, through the app's sockets.
"""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import httpx

from sandbox.clock import Clock
from sandbox.request_log import RequestLog
from sandbox.scheduler import Scheduler
from sandbox.slack.settings import SlackSettings
from sandbox.slack.sockets import Kind, SocketError, Sockets
from sandbox.slack.wire import JsonObject, parse_json

_RETRY_DELAYS_SECONDS = (0.0, 60.0, 300.0)
_MOST_REDIRECTS = 2
# Interactions whose acknowledgement Slack reads.
_ANSWERED = frozenset({"view_submission", "block_suggestion"})
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one request; no status means no answer, and `reason` says why."""

    status: int | None
    body: str
    seconds: float
    reason: str | None
    wants_no_retry: bool = False

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # any 2xx

    @property
    def answer(self) -> object:
        """The JSON the app answered with, else its text, else None."""
        if not self.body:
            return None
        parsed = parse_json(self.body)
        return self.body if parsed is None else parsed


class EventDispatcher:
    def __init__(
        self, *, clock: Clock, scheduler: Scheduler, settings: SlackSettings, sockets: Sockets
    ) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._settings = settings
        self._sockets = sockets
        self._client: httpx.AsyncClient | None = None
        self.log = RequestLog(clock)

    def start(self) -> None:
        self._client = httpx.AsyncClient(
            follow_redirects=True,
            max_redirects=_MOST_REDIRECTS,
            trust_env=False,
            # A fresh connection each time, as from Slack's many senders.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def sign(self, body: bytes, *, timestamp_offset: int = 0) -> dict[str, str]:
        timestamp = str(int(self._clock.wall()) + timestamp_offset)
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self._settings.signing_secret.encode(), base, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    async def send_form(self, fields: JsonObject) -> Sent:
        """A slash command."""
        if self._settings.socket_mode:
            return await self._through_socket("slash_commands", fields, accepts_answer=True)
        body = urlencode({name: str(value) for name, value in fields.items()}).encode()
        return await self.send(body, self.sign(body) | {"Content-Type": _FORM})

    async def send_payload(self, payload: JsonObject) -> Sent:
        """An interaction: a form whose one field is JSON."""
        if self._settings.socket_mode:
            accepts_answer = payload.get("type") in _ANSWERED
            return await self._through_socket("interactive", payload, accepts_answer=accepts_answer)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.send(body, self.sign(body) | {"Content-Type": _FORM})

    async def send_json(self, payload: JsonObject, extra: dict[str, str] | None = None) -> Sent:
        body = json.dumps(payload).encode()
        headers = {"Content-Type": "application/json"} | (extra or {})
        return await self.send(body, self.sign(body) | headers)

    async def _send_event(self, envelope: JsonObject, *, attempt: int, reason: str) -> Sent:
        """`attempt` counts from 0; `reason` says why the one before failed."""
        if self._settings.socket_mode:
            again: JsonObject = {"retry_attempt": attempt, "retry_reason": reason}
            return await self._through_socket("events_api", envelope, accepts_answer=False, **again)
        retry = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        return await self.send_json(envelope, retry if attempt else None)

    async def _through_socket(
        self, kind: Kind, payload: JsonObject, *, accepts_answer: bool, **more: object
    ) -> Sent:
        started = asyncio.get_running_loop().time()
        status, body, reason = None, "", None
        try:
            answer = await self._sockets.send(kind, payload, accepts_answer=accepts_answer, **more)
            status, body = 200, "" if answer is None else json.dumps(answer)
        except SocketError as error:
            reason = error.reason
        seconds = asyncio.get_running_loop().time() - started
        sent = Sent(status, body, seconds, reason)
        self._note(f"socket:{kind}", {}, json.dumps(payload | more), sent)
        return sent

    async def send(self, body: bytes, headers: dict[str, str]) -> Sent:
        started = asyncio.get_running_loop().time()
        sent = await self._post(body, headers, started)
        self._note(self._settings.request_url, headers, body.decode(errors="replace"), sent)
        return sent

    def _note(self, url: str, headers: dict[str, str], body: str, sent: Sent) -> None:
        self.log.add(
            {
                "url": url,
                "headers": headers,
                "body": body,
                "status": sent.status,
                "reason": sent.reason,
                "answer": sent.answer,
                "seconds": round(sent.seconds, 4),
            }
        )

    async def _post(self, body: bytes, headers: dict[str, str], started: float) -> Sent:
        def taken() -> float:
            return asyncio.get_running_loop().time() - started

        if self._client is None or not self._settings.request_url:
            return Sent(None, "", 0.0, "no_request_url")
        agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        try:
            async with asyncio.timeout(self._settings.ack_seconds):
                answer = await self._client.post(
                    self._settings.request_url, content=body, headers=agent | headers, timeout=None
                )
        except TimeoutError:
            return Sent(None, "", taken(), "http_timeout")
        except httpx.TooManyRedirects:
            return Sent(None, "", taken(), "too_many_redirects")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = "ssl_error" if "SSL" in str(error) else "connection_failed"
            return Sent(None, "", taken(), kind)
        refused = None if answer.is_success else "http_error"
        no_retry = answer.headers.get("x-slack-no-retry") == "1"
        return Sent(answer.status_code, answer.text, taken(), refused, no_retry)

    def post_event(self, envelope: JsonObject) -> "asyncio.Task[int | None]":
        """Send an event in the background; the task ends with the status of the first attempt."""
        return self._scheduler.run(self._try(envelope, attempt=0, reason=""))

    async def _try(self, envelope: JsonObject, *, attempt: int, reason: str) -> int | None:
        sent = await self._send_event(envelope, attempt=attempt, reason=reason)
        ended = sent.delivered or sent.wants_no_retry or sent.reason == "no_request_url"
        if not ended and attempt < len(_RETRY_DELAYS_SECONDS):
            again = partial(
                self._try, envelope, attempt=attempt + 1, reason=sent.reason or "unknown_error"
            )
            delay_seconds = _RETRY_DELAYS_SECONDS[attempt]
            self._scheduler.after(delay_seconds, lambda: self._scheduler.run(again()))
        return sent.status
