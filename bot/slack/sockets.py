"""Socket Mode: receives Slack's requests over a connection that the app opens.

Each request is handled as if it came over HTTP (`SlackReceiver`). Slack repeats one that isn't
acknowledged, as after a 5xx. slack_sdk's client connects and reconnects; `_Client` fixes its
faults.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response

from bot.slack.door import Body, SlackReceiver
from monitors.model.json_text import json_of

MOST_AT_ONCE: Final = 64
MOST_WAITING: Final = 1000
# Slack closes some connections as soon as they are open.
ADDRESS_SECONDS: Final = 1.0
# The wait doubles up to this, while Slack refuses the app or closes its connections at once.
MOST_ADDRESS_SECONDS: Final = 30.0
# A connection that lasted so long worked.
LASTED_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0

_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
_UNREACHABLE: Final = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for a connection, between two requests for an address, and between pings.

    `connect_seconds` is longer than Slack makes an app wait that asked for too many addresses
    (30 s).
    """

    connect_seconds: float = 45.0
    address_seconds: float = ADDRESS_SECONDS
    ping_seconds: float = 5.0


PACE: Final = Pace()


class SlackSocket:
    """One connection to Slack while `open` is entered; reconnects whenever it is lost."""

    def __init__(
        self,
        web_client: AsyncWebClient,
        *,
        app_token: str,
        receiver: SlackReceiver,
        pace: Pace = PACE,
    ) -> None:
        self._web_client = web_client
        self._app_token = app_token
        self._receiver = receiver
        self._pace = pace
        self._client: _Client | None = None

    async def check(self) -> bool:
        """True while Slack can reach this process through it."""
        return self._client is not None and await self._client.is_connected()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Connect in the background; on exit, finish the current requests and close."""
        client = _Client(
            self._web_client,
            app_token=self._app_token,
            answer=self._receiver.answer,
            pace=self._pace,
        )
        self._client = client
        connecting = asyncio.create_task(client.connect())
        try:
            yield
        finally:
            self._client = None
            connecting.cancel()
            await asyncio.wait({connecting})
            await client.finish()


class _Client(SocketModeClient):
    """slack_sdk's client (3.47), with these faults fixed.

    - It retries the same address forever, though Slack accepts each one once: `connect`.
    - It requests a new one right away, however soon Slack closed the last: `issue_new_wss_url`.
    - It handles any number of requests at once, in tasks without a reference: `process_message`.
    - Its `close` leaves requests unfinished and its own tasks running: `finish`.
    - It logs addresses, which are secrets, and a stack trace every five seconds without a network:
      its logger is silenced, and what an operator needs is logged here.
    """

    def __init__(
        self,
        web_client: AsyncWebClient,
        *,
        app_token: str,
        answer: Callable[[Body], Awaitable[Response]],
        pace: Pace,
    ) -> None:
        mute = logging.getLogger(f"{__name__}.mute")
        mute.disabled = True
        super().__init__(app_token, mute, web_client, ping_interval=pace.ping_seconds)
        self._inbox: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._answer = answer
        self._pace = pace
        self._log = structlog.get_logger("slack_socket")
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._failures = 0
        self._greeted_at = float("inf")
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def connect(self) -> None:
        while not self.closed:
            try:
                async with asyncio.timeout(self._pace.connect_seconds):
                    await super().connect()
            except TimeoutError:
                self._log.warning("not connected yet", seconds=self._pace.connect_seconds)
                self.wss_uri = None
            else:
                self._log.info("connected")
                return

    async def issue_new_wss_url(self) -> str:
        clock = asyncio.get_running_loop().time
        # One at a time: slack_sdk watches the connection beside us, and asks too.
        async with self._asking:
            doubled = self._pace.address_seconds * 2 ** max(0, self._failures - 1)
            wait = min(doubled, MOST_ADDRESS_SECONDS)
            await asyncio.sleep(max(0.0, self._asked_at + wait - clock()))
            self._asked_at = clock()
        try:
            return await super().issue_new_wss_url()
        except SlackApiError as error:
            self._failures += 1
            answer = cast("object", error.response)  # pyright: ignore[reportUnknownMemberType] - untyped in slack_sdk
            code = cast("Body", answer).get("error") if hasattr(answer, "get") else None
            self._log.error("Slack rejected the connection: check SLACK_APP_TOKEN", code=code)
            raise
        except _UNREACHABLE as error:
            self._log.warning("can't reach Slack", error=type(error).__name__)
            raise

    async def enqueue_message(self, message: str) -> None:
        await self._inbox.put(message)

    async def process_message(self) -> None:
        """Take one message; slack_sdk calls this again and again."""
        raw = await self._inbox.get()
        await self._room.acquire()
        task = asyncio.create_task(self._process(raw))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._room.release()
        self._under_way.discard(task)

    async def _process(self, raw: str) -> None:
        message = _parsed(raw)
        payload = message.get("payload")
        if message.get("type") == "disconnect":
            await self._move(message.get("reason"))
        elif message.get("type") == "hello":
            self._greeted_at = asyncio.get_running_loop().time()
        elif isinstance(payload, dict):
            await self._take(message, cast("Body", payload))
        elif raw:
            await self._leave(message)

    async def _leave(self, message: Body) -> None:
        """Slack would only send the same again: it is acknowledged, and logged."""
        self._log.warning("request not understood", type=message.get("type"))
        if isinstance(envelope_id := message.get("envelope_id"), str):
            await self._acknowledge({"envelope_id": envelope_id})

    async def _move(self, reason: object) -> None:
        """Slack is about to close this connection, or has closed it: open the next one."""
        if reason == "link_disabled":
            self._log.error("Socket Mode is off: turn it on in the Slack app's settings")
        else:
            self._log.info("reconnecting at Slack's request", reason=reason)
        lasted = asyncio.get_running_loop().time() - self._greeted_at
        self._failures = 0 if lasted > LASTED_SECONDS else self._failures + 1
        self._greeted_at = float("inf")
        try:
            await self.connect_to_new_endpoint(force=True)
        except (SlackApiError, *_UNREACHABLE):
            # Already logged; the client reconnects once Slack has closed the connection.
            return

    async def _take(self, message: Body, payload: Body) -> None:
        if self._stopping:
            return
        answer = await self._answer(payload)
        if answer.status_code >= _SERVER_ERROR:
            return
        if answer.status_code >= _BAD_REQUEST:
            await self._leave(message)
            return
        acknowledgement: Body = {"envelope_id": message.get("envelope_id")}
        if answer.body:
            acknowledgement["payload"] = _as_payload(bytes(answer.body).decode())
        await self._acknowledge(acknowledgement)

    async def _acknowledge(self, acknowledgement: Body) -> None:
        try:
            await self.send_message(json.dumps(acknowledgement))
        except (ConnectionError, aiohttp.ClientError):
            # Slack sends it again; requests that are already recorded are not repeated.
            self._log.info("acknowledgement not sent")

    async def finish(self) -> None:
        """Take no more requests, finish the current ones within a deadline, and close.

        Requests that arrive in the meantime are not acknowledged, so Slack sends them again.
        """
        self._stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_SECONDS)
        # If Slack doesn't close the connection in turn, it ends with its session below.
        with suppress(*_UNREACHABLE):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.close()
        # No one needs their results, and slack_sdk leaves them untyped.
        own = cast(
            "list[asyncio.Future[None] | None]",
            [self.message_processor, self.current_session_monitor, self.message_receiver],  # pyright: ignore[reportUnknownMemberType]
        )
        tasks = {task for task in (*own, *self._under_way) if task is not None}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await self.aiohttp_client_session.close()


def _parsed(raw: str) -> Body:
    """The message; empty for Slack's empty ones, which keep a connection open."""
    try:
        message = json_of(raw.encode())
    except ValueError:
        return {}
    return cast("Body", message) if isinstance(message, dict) else {}


def _as_payload(answer: str) -> Body:
    return _parsed(answer) or {"text": answer}
