"""response_url targets, and answers that the app gives straight to a request."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import HangUp
from sandbox.slack.content import is_true, read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, Message, ResponseUrl, User
from sandbox.slack.platform import Platform
from sandbox.slack.posting import change, remove, store_bot_message, store_ephemeral
from sandbox.slack.wire import JsonObject, as_object, as_text, parse_json

_BAD, _GONE = 400, 404
FAULT_NAME = "response_url"


def apply_answer(platform: Platform, channel: Channel, user: User, payload: JsonObject) -> None:
    """Show what the app says to the person who asked, or to all if it says in_channel."""
    content = read_content(payload, platform)
    if as_text(payload.get("response_type")) == "in_channel":
        store_bot_message(platform, channel, content, payload)
        return
    thread_ts = as_text(payload.get("thread_ts"))
    store_ephemeral(platform, channel, user, content, thread_ts=thread_ts)


class ResponseUrls:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [Route("/slack/response/{id}", self._serve, methods=["POST"])]

    async def _serve(self, request: Request) -> Response:
        fault = self._platform.faults.draw(FAULT_NAME)
        if fault is not None:
            await self._platform.faults.wait(fault)
            if fault.kind == "drop_before":
                return HangUp()
            if fault.status is not None:
                headers = {"Retry-After": str(int(fault.seconds))}
                return PlainTextResponse("trouble", status_code=fault.status, headers=headers)
        response = self._take(request.path_params["id"], await request.body())
        return HangUp() if fault is not None and fault.kind == "drop_after" else response

    def _take(self, target_id: str, body: bytes) -> Response:
        state = self._platform.state
        target = state.response_urls.get(target_id)
        payload = as_object(parse_json(body))
        if target is None or self._platform.clock.time() > target.expires_at:
            return _refuse("expired_url", _GONE)
        if target.uses_left <= 0:
            return _refuse("used_url", _GONE)
        if payload is None:
            return _refuse("invalid_payload", _BAD)
        target.uses_left -= 1
        channel, user = state.channels.get(target.channel_id), state.users.get(target.user)
        if channel is None or user is None or channel.archived:
            return _refuse("channel_not_found", _GONE)
        try:
            self._apply(target, channel, user, payload)
        except SlackError as error:
            return JSONResponse(error.answer(), status_code=_BAD)
        return PlainTextResponse("ok")

    def _apply(
        self, target: ResponseUrl, channel: Channel, user: User, payload: JsonObject
    ) -> None:
        deletes = is_true(payload.get("delete_original"))
        if target.message_ts is None or not (deletes or is_true(payload.get("replace_original"))):
            # A command leaves no message of the app's that could be replaced.
            if not deletes:
                apply_answer(self._platform, channel, user, payload)
            return
        message = self._platform.state.message(channel.id, target.message_ts)
        if message is not None:
            self._change(channel, message, payload, deletes=deletes)
        else:
            self._change_ephemeral(target.message_ts, payload, deletes=deletes)

    def _change(
        self, channel: Channel, message: Message, payload: JsonObject, *, deletes: bool
    ) -> None:
        if deletes:
            remove(self._platform, channel, message)
        else:
            change(self._platform, channel, message, read_content(payload, self._platform))

    def _change_ephemeral(self, ephemeral_id: str, payload: JsonObject, *, deletes: bool) -> None:
        ephemeral = self._platform.state.ephemerals.get(ephemeral_id)
        if ephemeral is None:
            raise SlackError("message_not_found")
        if deletes:
            del self._platform.state.ephemerals[ephemeral_id]
        else:
            content = read_content(payload, self._platform)
            ephemeral.text, ephemeral.blocks = content.text, content.blocks
            ephemeral.mentions = content.mentions
        self._platform.stream.changed("ephemerals")


def _refuse(error: str, status: int) -> Response:
    return JSONResponse({"ok": False, "error": error}, status_code=status)
