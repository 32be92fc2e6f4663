"""Socket Mode: receives Slack's requests over a connection that the app opens.

Each request is handled as if it came over HTTP (`SlackReceiver`). Slack repeats one that isn't
acknowledged, as after a 5xx. slack_sdk's client isn't used: it tries an address again that Slack
accepts once, asks for one as often as Slack closes the last, handles any number of requests at
once, leaves them unfinished when it closes, and logs addresses, which are secrets.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api import SlackApi
from bot.slack.door import Body, SlackReceiver
from monitors.model import slack_errors
from monitors.model.json_text import json_of

MOST_AT_ONCE: Final = 64
MOST_WAITING: Final = 1000
# Slack closes some connections as soon as they are open.
ADDRESS_SECONDS: Final = 1.0
# The wait doubles up to this, while Slack refuses the app or closes its connections at once.
MOST_ADDRESS_SECONDS: Final = 30.0
MOST_DOUBLINGS: Final = 10
# A connection that lasted so long worked.
LASTED_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0

_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
_log: structlog.stdlib.BoundLogger = structlog.get_logger("slack_socket")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for a connection, between two requests for an address, and between pings."""

    connect_seconds: float = 45.0
    address_seconds: float = ADDRESS_SECONDS
    ping_seconds: float = 5.0


PACE: Final = Pace()


class SlackSocket:
    """One connection to Slack while `open` is entered, and the next whenever it ends."""

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
        self._connection: aiohttp.ClientWebSocketResponse | None = None
        self._asked_at = float("-inf")
        self._failures = 0
        self._stopping = False
        self._receiving: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def check(self) -> bool:
        """True while Slack can reach this process through it."""
        connection = self._connection
        return not self._stopping and connection is not None and not connection.closed

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Connect in the background; on exit, finish the current requests and close.

        Requests that arrive in the meantime are not acknowledged, so Slack sends them again.
        """
        async with aiohttp.ClientSession() as session:
            staying = asyncio.create_task(self._stay_connected(session))
            try:
                yield
            finally:
                self._stopping = True
                if self._under_way:
                    await asyncio.wait(self._under_way, timeout=DRAIN_SECONDS)
                tasks = {staying, *self._receiving, *self._under_way}
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                await self._close()

    async def _stay_connected(self, session: aiohttp.ClientSession) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            doublings = min(max(0, self._failures - 1), MOST_DOUBLINGS)
            wait = min(self._pace.address_seconds * 2**doublings, MOST_ADDRESS_SECONDS)
            await asyncio.sleep(max(0.0, self._asked_at + wait - clock()))
            self._asked_at = clock()
            connection = await self._connect(session)
            if connection is None:
                continue
            _log.info("connected")
            self._connection, began, ended = connection, clock(), asyncio.Event()
            _kept(self._receiving, asyncio.create_task(self._receive(connection, ended)))
            await ended.wait()
            self._failures = 0 if clock() - began > LASTED_SECONDS else self._failures + 1

    async def _connect(
        self, session: aiohttp.ClientSession
    ) -> aiohttp.ClientWebSocketResponse | None:
        """In place of the last connection; None if that failed, after a pause."""
        client = self._web_client
        try:
            async with asyncio.timeout(self._pace.connect_seconds):
                answer = await SlackApi(client).write("apps.connections.open", self._app_token, {})
                await self._close()
                return await session.ws_connect(
                    str(answer.get("url")),
                    heartbeat=self._pace.ping_seconds,
                    proxy=client.proxy,
                    ssl=client.ssl or True,
                )
        except slack_errors.REFUSALS as error:
            self._failures += 1
            _log.error("Slack rejected the connection: check SLACK_APP_TOKEN", code=error.code)
        except (slack_errors.SlackPostError, aiohttp.ClientError, OSError) as error:
            # Its text may hold the address, which is a secret.
            _log.warning("can't reach Slack", error=type(error).__name__)
            asked = isinstance(error, slack_errors.SlackPostError) and error.retry_after_seconds
            await asyncio.sleep(asked or self._pace.ping_seconds)
        return None

    async def _close(self) -> None:
        if self._connection is not None:
            # If Slack doesn't close it in turn, it is cut off.
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._connection.close()

    async def _receive(
        self, connection: aiohttp.ClientWebSocketResponse, ended: asyncio.Event
    ) -> None:
        """Until it is closed; `ended` is set as soon as Slack says that it is about to be."""
        async for frame in connection:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = _parsed(frame.data)
            if message.get("type") == "disconnect":
                reason = message.get("reason")
                if reason == "link_disabled":
                    _log.error("Socket Mode is off: turn it on in the Slack app's settings")
                else:
                    _log.info("reconnecting at Slack's request", reason=reason)
                ended.set()
            elif frame.data and message.get("type") != "hello":
                if len(self._under_way) >= MOST_WAITING:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                _kept(self._under_way, asyncio.create_task(self._take(message)))
        ended.set()

    async def _take(self, message: Body) -> None:
        async with self._room:
            if self._stopping:
                return
            payload = message.get("payload")
            if not isinstance(payload, dict):
                await self._leave(message)
                return
            answer = await self._receiver.answer(cast("Body", payload))
        if answer.status_code >= _SERVER_ERROR:
            return
        if answer.status_code >= _BAD_REQUEST:
            await self._leave(message)
            return
        acknowledgement: Body = {"envelope_id": message.get("envelope_id")}
        if answer.body:
            acknowledgement["payload"] = _as_payload(bytes(answer.body).decode())
        await self._acknowledge(acknowledgement)

    async def _leave(self, message: Body) -> None:
        """Slack would only send the same again: it is acknowledged, and logged."""
        _log.warning("request not understood", type=message.get("type"))
        if isinstance(envelope_id := message.get("envelope_id"), str):
            await self._acknowledge({"envelope_id": envelope_id})

    async def _acknowledge(self, acknowledgement: Body) -> None:
        try:
            if self._connection is not None:
                await self._connection.send_str(json.dumps(acknowledgement))
        except (ConnectionError, aiohttp.ClientError):
            # Slack sends it again; requests that are already recorded are not repeated.
            _log.info("acknowledgement not sent")


def _kept(tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    """Until it is done: the loop itself holds no reference to it."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _parsed(raw: str) -> Body:
    """The message; empty for Slack's empty ones, which keep a connection open."""
    try:
        message = json_of(raw.encode())
    except ValueError:
        return {}
    return cast("Body", message) if isinstance(message, dict) else {}


def _as_payload(answer: str) -> Body:
    return _parsed(answer) or {"text": answer}
