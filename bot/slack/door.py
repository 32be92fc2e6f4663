"""Receives Slack's requests: verifies and parses them, and drops ordinary conversation before Bolt.

Over HTTP (`SlackDoor`), bytes are limited, then verified, then parsed. Over a socket (`sockets`)
they come directly from Slack, already parsed. Bolt gets the parsed body, not the text: its own form
parser loses every command whose text contains the word payload, and answers 500 to malformed bytes
(docs/decisions/0004).
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import parse_qsl

import structlog
from pydantic import ValidationError
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.slack.actor import read_request
from bot.slack.payloads import MissingFieldError, given
from monitors.model.command import parse_reply
from monitors.model.json_text import json_of
from monitors.model.streaks import Streaks, clock_is_off
from monitors.storage.database import DOOR_SECONDS, answering_within

MAX_BODY_BYTES: Final = 1024 * 1024
_TOO_LARGE: Final = "The request body is over 1 MiB."
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)

_MENTION: Final = re.compile(r"<@[UWB][A-Z0-9]+(?:\|[^<>]*)?>[,:]?")
_LONGEST_REPLY: Final = 250
# Slack itself: in a direct message, and as the author of a first message that was deleted.
SLACKBOT: Final = "USLACKBOT"
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}")
_MOST_SECONDS_OFF: Final = 300
_WRONG_KEY: Final = "SLACK_SIGNING_SECRET isn't this Slack app's: copy it again"

Body = dict[str, object]
_log: structlog.stdlib.BoundLogger = structlog.get_logger("slack")


@dataclass(frozen=True, slots=True)
class SlackReceiver:
    """Handles a request from Slack, over HTTP or socket: commands, events, interactivity."""

    app: AsyncApp
    count: Callable[[str], None]
    sql_seconds: float = DOOR_SECONDS

    async def answer(self, body: Body) -> Response:
        """A status of 400 or more makes Slack send the request again."""
        try:
            if is_chatter(body):
                self.count("chatter")
                return Response(status_code=200)
            asked = read_request(body)
            if asked is None:
                return Response(status_code=200)
            # Listeners and the authorisation take it from here; Bolt reads the body in its own way.
            context = {"asked": asked, "actor": asked.actor}
            # It fails on a view that is null.
            bolt_request = AsyncBoltRequest(body=given(body), mode="socket_mode", context=context)
        except _MALFORMED:
            self.count("malformed")
            return _refusal(400, "The request lacks what Slack always sends.")
        self.count("taken")
        with answering_within(self.sql_seconds):
            return await self._dispatch(bolt_request)

    async def _dispatch(self, bolt_request: AsyncBoltRequest) -> Response:
        answer = await self.app.async_dispatch(bolt_request)
        if answer.status == 404:  # noqa: PLR2004 - Bolt's "no listener"
            # It must not count as a failed delivery; Bolt's own words are for nobody's eyes.
            return Response(status_code=200)
        content_type = "application/json" if answer.body.startswith("{") else "text/plain"
        return Response(answer.body, status_code=answer.status, media_type=content_type)


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """`POST /slack/events`."""

    receiver: SlackReceiver
    secret: bytes = field(repr=False)
    count: Callable[[str], None]
    unix_time: Callable[[], float] = time.time
    _refused: Streaks = field(default_factory=Streaks, init=False)

    async def handle(self, request: Request) -> Response:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
            return _refusal(413, _TOO_LARGE)
        # What its headers refuse is refused before its body is read.
        if not _may_be_signed(request.headers):
            return self._unsigned()
        off = int(request.headers["x-slack-request-timestamp"]) - self.unix_time()
        if abs(off) > _MOST_SECONDS_OFF:
            return self._unsigned(cause="clock", likely_cause=clock_is_off(off))
        raw = await capped_body(request, MAX_BODY_BYTES)
        if raw is None:
            return _refusal(413, _TOO_LARGE)
        if not is_signed(raw, request.headers, self.secret):
            return self._unsigned(cause="key", likely_cause=_WRONG_KEY)
        self._refused.accepted("")
        return await self._verified(raw, _media_type(request.headers.get("content-type", "")))

    def _unsigned(self, *, cause: str = "", likely_cause: str = "") -> Response:
        """Logged once for a streak."""
        self.count("unsigned")
        if cause and self._refused.refused("", cause=cause, now=self.unix_time()):
            _log.error("slack signatures refused", likely_cause=likely_cause)
        return _refusal(401, "The request is not signed by Slack, or too old.")

    async def _verified(self, raw: bytes, content_type: str) -> Response:
        if content_type not in {_JSON, _FORM}:
            self.count("malformed")
            return _refusal(415, "Slack sends JSON or a form.")
        try:
            body = parse_body(raw, content_type)
        except _MALFORMED:
            self.count("malformed")
            return _refusal(400, "The request body cannot be read.")
        if body.get("type") == "url_verification":
            return JSONResponse({"challenge": str(body.get("challenge", ""))})
        if "ssl_check" in body:
            return Response(status_code=200)
        return await self.receiver.answer(body)


def _may_be_signed(headers: Mapping[str, str]) -> bool:
    """True if it has what Slack sends; whether that is true, only the body shows."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    return bool(_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature))


def is_signed(raw: bytes, headers: Mapping[str, str], secret: bytes) -> bool:
    """True if Slack signed it; whether its time is ours, the headers alone say.

    Uses the raw bytes: slack_sdk's verifier decodes them first, and fails if they aren't UTF-8.
    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    signed = b"v0:" + timestamp.encode() + b":" + raw
    expected = "v0=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def parse_body(raw: bytes, content_type: str) -> Body:
    """JSON, a form, or a form with one JSON field named payload. Raises ValueError."""
    if content_type == _JSON:
        return _dictionary(json_of(raw))
    text = raw.decode("utf-8")
    form = dict(
        parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=100)
    )
    if "payload" in form and "command" not in form:
        return _dictionary(json_of(form["payload"].encode()))
    return dict(form)


def _dictionary(value: object) -> Body:
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return cast("Body", value)


def is_chatter(body: Body) -> bool:
    """True for ordinary conversation, and for people who change something about themselves.

    That is a message event that is neither a command in a thread nor a direct message, or a user
    who isn't deactivated.

    Decided before Bolt, Redis or SQL, because a busy workspace sends thousands of these.
    """
    event = body.get("event")
    if not isinstance(event, dict):
        return False
    message = cast("Body", event)
    if message.get("type") == "user_change":
        person = message.get("user")
        return not isinstance(person, dict) or cast("Body", person).get("deleted") is not True
    if message.get("type") != "message":
        return False
    text = message.get("text")
    if is_direct(message):
        return False
    return (
        message.get("thread_ts") in {None, message.get("ts")}
        or message.get("bot_id") is not None
        or not isinstance(text, str)
        or parse_reply(_without_mentions(text), bot_user_id=None) is None
    )


def is_direct(message: Mapping[str, object]) -> bool:
    """True for what a person writes to the app in its Messages tab, outside any thread."""
    return (
        message.get("channel_type") == "im"
        and message.get("thread_ts") in {None, message.get("ts")}
        and message.get("subtype") in {None, "file_share"}
        and message.get("bot_id") is None
        and message.get("user") not in {None, SLACKBOT}
        and not message.get("hidden")
    )


def _without_mentions(text: str) -> str:
    """Removes all mentions; the listener, which knows the bot's id, checks whose they are."""
    return _MENTION.sub(" ", text) if "<@" in text and len(text) <= _LONGEST_REPLY else text


async def capped_body(request: Request, most_bytes: int) -> bytes | None:
    """The whole body, or None if it is too large, whatever its headers say."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)


def is_malformed(error: BaseException) -> bool:
    """True if a listener failed because the request lacked a field that Slack always sends."""
    return isinstance(error, (ValidationError, MissingFieldError))
