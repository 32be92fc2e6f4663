"""Socket Mode: websockets that the app opens, and what Slack says on them.

They have a loopback port of their own: the server of the rest speaks no websocket.
Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Final, Literal

from aiohttp import WSMsgType, web

from sandbox.faults import Faults
from sandbox.slack.settings import SlackSettings
from sandbox.slack.wire import JsonObject, as_object, as_text, parse_json

Kind = Literal["slash_commands", "interactive", "events_api"]
# None where the connection ended before it.
_Answer = asyncio.Future[JsonObject | None]

MOST_CONNECTIONS: Final = 10
_PING_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 1.0
_HOST: Final = "127.0.0.1"


class SocketError(Exception):
    """An envelope was not acknowledged; `reason` is what Slack tells the app at the next try."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request
    awaited: dict[str, _Answer] = field(default_factory=dict[str, _Answer])

    def abort(self) -> None:
        """As when a network goes: no word of farewell."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Sockets:
    """The app's connections. Each envelope goes to one of them, in turn."""

    def __init__(self, *, settings: SlackSettings, faults: Faults) -> None:
        self._settings = settings
        self._faults = faults
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []

    @property
    def count(self) -> int:
        return len(self._connections)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/link/", self._serve)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSE_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, 0).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for connection in list(self._connections):
            await connection.socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def new_url(self) -> str:
        """Good for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"ws://{_HOST}:{self._port}/link/?ticket={ticket}&app_id={self._settings.app_id}"

    # The app's side

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPNotFound
        self._tickets.remove(ticket)
        fault = self._faults.draw("socket.connect")
        if fault is not None and fault.status is not None:
            return web.Response(status=fault.status)
        socket = web.WebSocketResponse(heartbeat=_PING_SECONDS, timeout=_CLOSE_SECONDS)
        await socket.prepare(request)
        refusal = self._refusal()
        if refusal is not None:
            await socket.send_json(_disconnect(refusal))
            await socket.close()
            return socket
        connection = _Connection(socket, request)
        self._connections.append(connection)
        try:
            await socket.send_json(self._hello())
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    _acknowledged(connection, as_object(parse_json(message.data)) or {})
        finally:
            self._forget(connection)
        return socket

    def _refusal(self) -> str | None:
        if not self._settings.socket_mode:
            return "link_disabled"
        return "too_many_websockets" if self.count >= MOST_CONNECTIONS else None

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._settings.app_id},
            "debug_info": _debug_info() | {"approximate_connection_time": 18060},
        }

    def _forget(self, connection: _Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        for answer in connection.awaited.values():
            if not answer.done():
                answer.set_result(None)

    # Slack's side

    async def send(
        self, kind: Kind, payload: JsonObject, *, accepts_answer: bool, **more: object
    ) -> JsonObject | None:
        """What the app answered, where it may answer. Raises SocketError.

        Faults on `socket.{kind}`: `drop_before` loses the envelope with its connection,
        `drop_after` the acknowledgement, `slow` holds the envelope back.
        """
        fault = self._faults.draw(f"socket.{kind}")
        if fault is not None:
            await self._faults.wait(fault)
        if not self._connections:
            raise SocketError("no_connection")
        connection = self._connections.pop(0)
        self._connections.append(connection)
        if fault is not None and fault.kind == "drop_before":
            connection.abort()
            raise SocketError("timeout")
        envelope: JsonObject = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts_answer,
            **more,
        }
        acknowledgement = await self._exchange(connection, envelope)
        if fault is not None and fault.kind == "drop_after":
            connection.abort()
            raise SocketError("timeout")
        return as_object(acknowledgement.get("payload")) if accepts_answer else None

    async def send_raw(self, envelope: JsonObject) -> None:
        """One that Slack's documentation does not know. Raises SocketError."""
        if not self._connections:
            raise SocketError("no_connection")
        whole = {"envelope_id": secrets.token_hex(16), **envelope}
        await self._exchange(self._connections[0], whole)

    async def _exchange(self, connection: _Connection, envelope: JsonObject) -> JsonObject:
        envelope_id = as_text(envelope["envelope_id"])
        answer: _Answer = asyncio.get_running_loop().create_future()
        connection.awaited[envelope_id] = answer
        try:
            async with asyncio.timeout(self._settings.ack_seconds):
                await connection.socket.send_str(json.dumps(envelope))
                acknowledgement = await answer
        except (TimeoutError, ConnectionError) as error:
            raise SocketError("timeout") from error
        finally:
            del connection.awaited[envelope_id]
        if acknowledgement is None:
            raise SocketError("timeout")
        return acknowledgement

    async def ask_to_move(self, reason: str) -> None:
        """Tell every connection that it ends: soon (`warning`), or at once."""
        for connection in list(self._connections):
            await connection.socket.send_json(_disconnect(reason))
            if reason != "warning":
                await connection.socket.close()

    def drop(self) -> None:
        """Lose every connection, without a word."""
        for connection in list(self._connections):
            connection.abort()
            self._forget(connection)


def _acknowledged(connection: _Connection, message: JsonObject) -> None:
    answer = connection.awaited.get(as_text(message.get("envelope_id")))
    if answer is not None and not answer.done():
        answer.set_result(message)


def _disconnect(reason: str) -> JsonObject:
    return {"type": "disconnect", "reason": reason, "debug_info": _debug_info()}


def _debug_info() -> JsonObject:
    return {"host": "applink-sandbox"}
