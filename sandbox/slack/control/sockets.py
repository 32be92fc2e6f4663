"""The app's websockets: how many there are, and their end."""

from starlette.routing import BaseRoute

from sandbox.slack.control.body import Body, control
from sandbox.slack.errors import ControlError
from sandbox.slack.platform import Platform
from sandbox.slack.sockets import SocketError
from sandbox.slack.wire import JsonObject, as_object, parse_json

_REASONS = ("warning", "refresh_requested", "link_disabled")


class Unplugging:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        table = (
            ("GET", "/sockets", self._count),
            ("POST", "/sockets/disconnect", self._disconnect),
            ("POST", "/sockets/drop", self._drop),
            ("POST", "/sockets/envelope", self._envelope),
        )
        state = self._platform.state
        return [control(state, method, path, handle) for method, path, handle in table]

    async def _count(self, _: Body) -> JsonObject:
        """How many connections the app holds."""
        return {"connections": self._platform.sockets.count}

    async def _disconnect(self, body: Body) -> JsonObject:
        """As Slack does now and then: the app is asked to open another connection."""
        reason = body.text("reason", "refresh_requested")
        if reason not in _REASONS:
            raise ControlError(f"reason is one of {', '.join(_REASONS)}")
        asked = self._platform.sockets.count
        await self._platform.sockets.ask_to_move(reason)
        return {"asked": asked}

    async def _envelope(self, body: Body) -> JsonObject:
        """Send an envelope of any type, with any payload: whether it was acknowledged."""
        content = parse_json(body.text("envelope"))
        try:
            await self._platform.sockets.send_raw(as_object(content) or {})
        except SocketError:
            return {"acknowledged": False}
        return {"acknowledged": True}

    async def _drop(self, _: Body) -> JsonObject:
        """As a network does: the connections are gone."""
        dropped = self._platform.sockets.count
        self._platform.sockets.drop()
        return {"dropped": dropped}
