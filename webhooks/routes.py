"""Receives Parallel's webhooks: verify, queue a job, answer.

A plain ASGI endpoint, because bursts of webhooks are the app's heaviest load.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from starlette.types import Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from monitors.accounts.webhook_check import NoticeWebhooks
from monitors.delivery.asking import ask, ask_about_failures, ask_refresh
from monitors.model.account import ParallelAccount
from monitors.model.pacing import Pacing
from monitors.model.requests import DeliverRequest
from monitors.model.streaks import Sampled, Streaks, clock_is_off
from monitors.ports import AccountStore, JobQueue, QueueDownError, StoreDownError
from monitors.storage.database import DOOR_SECONDS, answering_within
from webhooks import signature
from webhooks.metrics import Verdict, WebhookMetrics
from webhooks.schemas import FAILED, Detected, UnreadableWebhookError, Webhook, read_webhook

MOST_BYTES: Final = 1024 * 1024
PATH: Final = "/webhooks/parallel/{endpoint_id}"

# One redraw of a card for all runs that end within these.
COALESCE_SECONDS: Final = 5.0
# Of each sender; what exceeds it is queued for later, so that it delays nobody else. Slack takes
# only about one message a second per channel anyway.
BURST: Final = 100
PER_SECOND: Final = 20.0
_TRY_AGAIN_SECONDS: Final = b"5"
_ENDPOINT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_HEADERS: Final = {
    name.encode(): name
    for name in (signature.ID_HEADER, signature.TIMESTAMP_HEADER, signature.SIGNATURE_HEADER)
}
_UNAVAILABLE: Final = 503
# How the ids of simulated event groups start.
_TEST_GROUP: Final = "test_"
_ACCEPTED: Final = 202
_STATUSES: Final = {
    Verdict.UNKNOWN_ENDPOINT: 404,
    Verdict.TOO_LARGE: 413,
    Verdict.WRONG_TYPE: 415,
    Verdict.UNSIGNED: 401,
    Verdict.STALE: 401,
    Verdict.FORGED: 401,
    Verdict.MALFORMED: 400,
    Verdict.QUEUE_DOWN: _UNAVAILABLE,
    Verdict.STORE_DOWN: _UNAVAILABLE,
}
_REFUSALS: Final[dict[type[signature.SignatureError], Verdict]] = {
    signature.MissingHeaderError: Verdict.UNSIGNED,
    signature.StaleTimestampError: Verdict.STALE,
}


_log: FilteringBoundLogger = structlog.get_logger()


class _TooLargeError(Exception):
    pass


class _HungUpError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class WebhookDoor:
    """The endpoint at `PATH`, as its own ASGI app; `now` is Unix time in seconds."""

    accounts: AccountStore
    queue: JobQueue
    notices: NoticeWebhooks
    metrics: WebhookMetrics
    now: Callable[[], float] = time.time
    coalesce_seconds: float = COALESCE_SECONDS
    sql_seconds: float = DOOR_SECONDS
    _pacing: Pacing = field(
        default_factory=lambda: Pacing(burst=BURST, per_second=PER_SECOND), init=False
    )
    _refused: Streaks = field(default_factory=Streaks, init=False)
    _sampled: Sampled = field(default_factory=Sampled, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            verdict = await self._judged(
                scope["path_params"]["endpoint_id"], scope["headers"], receive
            )
        except _HungUpError:
            self.metrics.count(Verdict.HUNG_UP)
            return
        except _TooLargeError:
            verdict = Verdict.TOO_LARGE
        self.metrics.count(verdict)
        await _answer(send, verdict)

    async def _judged(
        self, endpoint_id: str, headers: list[tuple[bytes, bytes]], receive: Receive
    ) -> Verdict:
        """The verdict on a request; if it is accepted, its job is queued.

        What its headers refuse is refused before its body is read.
        """
        _check_announced(headers)
        try:
            with answering_within(self.sql_seconds):
                account = await self._account(endpoint_id)
        except StoreDownError:
            _log.warning("webhook_account_not_read")
            return Verdict.STORE_DOWN
        if account is None:
            return Verdict.UNKNOWN_ENDPOINT
        given = {
            _HEADERS[name]: value.decode("latin-1") for name, value in headers if name in _HEADERS
        }
        proof: signature.Verified | Verdict = Verdict.HINT
        # Without a secret, an unsigned webhook can at worst make the app check Parallel: findings
        # are always read with the account's own key.
        try:
            if account.webhook_secrets:
                signature.check_headers(given, now=self.now())
            body = await _body(receive)
            if account.webhook_secrets:
                proof = signature.verify(body, given, account.webhook_secrets, now=self.now())
                self.metrics.count_encoding(proof.encoding)
        except signature.SignatureError as error:
            return self._refuse(account, error)
        self._refused.accepted(_streak(account))
        if not _may_be_json(headers):
            return Verdict.WRONG_TYPE
        return await self._written(account, body, proof)

    def _refuse(self, account: ParallelAccount, error: signature.SignatureError) -> Verdict:
        """A line now and then, and one with the likely cause for each streak."""
        why = _REFUSALS.get(type(error), Verdict.FORGED)
        self._sample("webhook_refused", account, verdict=why.value)
        is_stale = isinstance(error, signature.StaleTimestampError)
        is_streak = why is not Verdict.UNSIGNED and self._refused.refused(
            _streak(account), cause=why.value, now=self.now()
        )
        if is_streak:
            secret = (
                "PARALLEL_WEBHOOK_SECRET" if account.team_id is None else "the workspace's secret"
            )
            cause = f"{secret} isn't the one on Parallel's page Settings, Webhooks: copy it again"
            if is_stale:
                cause = clock_is_off(error.seconds_off)
            _log.error("webhook signatures refused", team_id=account.team_id, likely_cause=cause)
        is_secret = is_streak and not is_stale
        self.notices.refused(account.endpoint_id, is_stale=is_stale, is_streak=is_secret)
        return why

    def _sample(self, event: str, account: ParallelAccount, **more: str) -> None:
        count = self._sampled.due(event, self.now())
        if count:
            _log.warning(event, team_id=account.team_id, count=count, **more)

    async def _written(
        self, account: ParallelAccount, body: bytes, proof: signature.Verified | Verdict
    ) -> Verdict:
        """Parse the verified bytes and queue the job."""
        try:
            webhook = read_webhook(body)
        except UnreadableWebhookError:
            self._sample("webhook_unreadable", account)
            return Verdict.MALFORMED
        is_test = isinstance(webhook, Detected) and webhook.group_id.startswith(_TEST_GROUP)
        if isinstance(proof, signature.Verified):
            self.notices.verified(account.endpoint_id, is_newest=proof.is_newest, is_test=is_test)
        if is_test:
            # A test without findings: it only shows that webhooks arrive.
            return Verdict.TEST
        if webhook is None:
            _log.info("webhook_ignored", team_id=account.team_id)
            return Verdict.IGNORED
        try:
            await self._enqueue(account.endpoint_id, webhook)
        except QueueDownError:
            _log.warning("webhook_not_queued", team_id=account.team_id)
            return Verdict.QUEUE_DOWN
        _log.debug(
            "webhook_accepted",
            team_id=account.team_id,
            type=webhook.type,
            monitor_id=webhook.monitor_id,
        )
        return Verdict.ACCEPTED if isinstance(proof, signature.Verified) else proof

    async def _account(self, endpoint_id: str) -> ParallelAccount | None:
        if _ENDPOINT_ID.fullmatch(endpoint_id) is None:
            return None
        return await self.accounts.by_endpoint(endpoint_id)

    async def _enqueue(self, endpoint_id: str, webhook: Webhook) -> None:
        """Raises QueueDownError."""
        if isinstance(webhook, Detected):
            sender = f"{endpoint_id}/{webhook.team_id[:40]}"
            await ask(
                self.queue,
                DeliverRequest(endpoint_id, webhook.monitor_id, webhook.group_id),
                named=webhook.group_id,
                delay_seconds=self._pacing.reserve(sender, self.now()),
            )
        elif webhook.type == FAILED:
            await ask_about_failures(self.queue, endpoint_id, webhook.monitor_id)
        else:
            delay = self.coalesce_seconds
            await ask_refresh(self.queue, endpoint_id, webhook.monitor_id, delay_seconds=delay)


def _streak(account: ParallelAccount) -> str:
    """Another secret begins another streak."""
    return f"{account.endpoint_id} {hash(account.webhook_secrets)}"


def _may_be_json(headers: list[tuple[bytes, bytes]]) -> bool:
    """True for a JSON content type, or none: a signed request may lack it."""
    for name, value in headers:
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
            return media_type.endswith((b"/json", b"+json"))
    return True


def _check_announced(headers: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > MOST_BYTES:
            raise _TooLargeError


async def _body(receive: Receive) -> bytes:
    """The raw body, counted as it arrives: the announced length may be wrong or missing."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _HungUpError
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise _TooLargeError
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(send: Send, verdict: Verdict) -> None:
    status, headers = _STATUSES.get(verdict, _ACCEPTED), [(b"content-length", b"0")]
    if status == _UNAVAILABLE:
        headers.append((b"retry-after", _TRY_AGAIN_SECONDS))
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b""})
