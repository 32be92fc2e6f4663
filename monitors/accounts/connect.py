"""Connects a workspace's Parallel account, by a key or by Parallel's consent page (PKCE)."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.blocks.notices import note_message
from monitors.delivery.creation import StartProgress
from monitors.model import parallel_errors
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.linking import (
    Confirmation,
    LinkRequest,
    LinkSession,
    PendingConsent,
    PendingKey,
    Visitor,
)
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.person import Person
from monitors.model.requests import ConnectedRequest, DisconnectRequest
from monitors.model.slack_errors import DeadDestinationError, SlackPostError, SlackRefusedError
from monitors.model.workspace import Workspace
from monitors.parallel.oauth import ParallelConsentPage, ParallelTrials
from monitors.ports import StoreDownError
from monitors.texts import account_texts, connect_texts
from monitors.texts.connect_texts import ProblemWords
from monitors.watching import ask_admins
from monitors.watching.parts import Parts
from monitors.work.intents import request_of

# As long as a person waits for a page; and well below the three seconds that Slack gives a modal.
PAGE_SECONDS: Final = 8.0
MODAL_SECONDS: Final = 1.8
# What a new account brings about is saved just before it is connected.
CONNECTING_SECONDS: Final = 1.0
CONNECT_WITHIN: Final = timedelta(minutes=1)
MOST_ADMINS: Final = 25


_WORDS_OF: Final[dict[type[Exception], ProblemWords]] = {
    parallel_errors.BadKeyError: connect_texts.BAD_KEY,
    parallel_errors.NoCreditError: connect_texts.NO_CREDIT,
    parallel_errors.ForbiddenError: connect_texts.FORBIDDEN,
}

Answer = ParallelAccount | Confirmation


class ConnectError(Exception):
    """An account was not connected, and nothing was saved; `words` say why, and what to do."""

    def __init__(self, words: ProblemWords) -> None:
        super().__init__(words.heading)
        self.words = words


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    """Tests a key before storing it; only admins may connect one. Raises ConnectError."""

    parts: Parts
    trials: ParallelTrials
    accounts: SqlAccounts
    confirmations: LinkTokens[PendingKey]

    async def visitor(self, link_request: LinkRequest) -> Visitor:
        """The names to show a person who may connect an account."""
        admin = await self.admin(link_request)
        try:
            place = await self.parts.people.workspace_name(link_request.workspace)
        except SlackPostError as error:
            raise ConnectError(connect_texts.SLACK_AWAY) from error
        return Visitor(link_request, admin.name, place.name, place.domain, place.icon)

    async def admin(self, link_request: LinkRequest) -> Person:
        """A person who may connect an account."""
        try:
            if await self.parts.installations.app_id(link_request.workspace) is None:
                raise ConnectError(connect_texts.NOT_INSTALLED)
            person = await self.parts.people.person(link_request.workspace, link_request.user_id)
        except SlackPostError as error:
            # Slack doesn't know this person in that workspace, or doesn't say.
            is_unknown = isinstance(error, DeadDestinationError)
            is_clear = is_unknown and not isinstance(error, SlackRefusedError)
            problem = connect_texts.NOT_ADMIN if is_clear else connect_texts.SLACK_AWAY
            raise ConnectError(problem) from error
        except StoreDownError as error:
            raise ConnectError(connect_texts.UNAVAILABLE) from error
        if not person.is_admin:
            raise ConnectError(connect_texts.NOT_ADMIN)
        return person

    async def by_key(
        self,
        link_request: LinkRequest,
        api_key: str,
        *,
        seconds: float = PAGE_SECONDS,
        confirmed: int = 0,
    ) -> Answer:
        """`seconds` limits the calls to Parallel in total.

        Another key of the same account takes over and cancels nothing. One of a different account
        cancels the workspace's monitors on the operator's, if no more than `confirmed`; else it
        returns what to ask. Raises QueueDownError if that could not be stored.
        """
        admin = await self.admin(link_request)
        try:
            return await self._connect(
                link_request, admin, api_key, seconds=seconds, confirmed=confirmed
            )
        except (TimeoutError, parallel_errors.ParallelError) as error:
            problem = _WORDS_OF.get(type(error), connect_texts.PARALLEL_AWAY)
            raise ConnectError(problem) from error
        except StoreDownError as error:
            raise ConnectError(connect_texts.UNAVAILABLE) from error

    async def _connect(
        self,
        link_request: LinkRequest,
        admin: Person,
        api_key: str,
        *,
        seconds: float,
        confirmed: int,
    ) -> Answer:
        """Raises TimeoutError, ParallelError, StoreDownError, QueueDownError."""
        workspace = link_request.workspace
        known = await self.accounts.for_workspace(workspace)
        is_same_account, running = False, frozenset[str]()
        # Read before the list: what is made in the meantime is in both, and counts once.
        starting = await self.parts.intents.open_intents(workspace, IntentKind.START)
        async with asyncio.timeout(seconds):
            await self.trials.try_key(api_key, seconds=seconds)
            if known is not None:
                is_same_account, running = await self._compare(workspace, known, api_key)
        if known is not None and not is_same_account:
            if running and known.team_id:
                raise ConnectError(connect_texts.OTHER_ACCOUNT)
            cards = (
                decode(StartProgress, each.progress).card_ts or each.intent_id for each in starting
            )
            ending = 0 if known.team_id else len(running.union(cards))
            if ending > confirmed:
                pending = PendingKey(link_request, api_key, ending)
                token = await self.confirmations.issue(pending)
                return Confirmation(token, api_key[-4:], ending)
            if ending:
                await self._disconnect_operators(workspace, admin, known)
        # The secret belongs to the account, which may be a different one now.
        is_own = known is not None and known.team_id is not None
        secrets = known.webhook_secrets if known and is_own and is_same_account else ()
        if known is None or not is_own or known.api_key != api_key:
            await self._tell_admins(workspace, admin, api_key[-4:])
        account = await self.accounts.connect(workspace, api_key, secrets, linked_by=admin.user_id)
        structlog.get_logger("accounts").info(
            "account linked", team_id=workspace.team_id, user_id=admin.user_id
        )
        return account

    async def _tell_admins(self, workspace: Workspace, admin: Person, last_four: str) -> None:
        """Saved before the account is, so that no crash leaves them unaware of it."""
        request = ConnectedRequest(workspace, admin.user_id, admin.name, last_four)
        await self._submit(IntentKind.CONNECTED, request, f"connected:{workspace.team_id}")

    async def _submit(
        self, kind: IntentKind, request: ConnectedRequest | DisconnectRequest, name: str
    ) -> None:
        moment = self.parts.clock.now().isoformat()
        await self.parts.submit_intent(kind, request, intent_id=f"{name}:{moment}")

    async def confirmed(
        self, link_request: LinkRequest, token: str, *, seconds: float = PAGE_SECONDS
    ) -> Answer:
        """Connect the key that `by_key` asked about. Raises QueueDownError."""
        pending = await self.confirmations.take(token)
        if pending is None or pending.link_request != link_request:
            raise ConnectError(connect_texts.CONFIRMATION_USED)
        return await self.by_key(
            link_request, pending.api_key, seconds=seconds, confirmed=pending.running
        )

    async def _compare(
        self, workspace: Workspace, known: ParallelAccount, api_key: str
    ) -> tuple[bool, frozenset[str]]:
        """Whether it is the same account, and the cards of the workspace's monitors on it.

        It is if the new key sees a monitor of it. Raises ParallelError.
        """
        if known.api_key == api_key:
            return True, frozenset()
        try:
            found = await self.parts.gateway.list_monitors(known)
        except (parallel_errors.BadKeyError, parallel_errors.ForbiddenError):
            # The old key no longer works, which is why there is a new one.
            return False, frozenset()
        ours = [each for each in found if each.home and each.home.team_id == workspace.team_id]
        probe = next(iter([*ours, *found]), None)
        sees = probe is not None and await self._sees(replace(known, api_key=api_key), probe)
        return sees, frozenset(each.home.thread.ts for each in ours if each.home)

    async def _sees(self, account: ParallelAccount, monitor: Monitor) -> bool:
        try:
            await self.parts.gateway.retrieve(account, monitor.monitor_id)
        except parallel_errors.UnknownMonitorError:
            return False
        return True

    async def with_secret(self, link_request: LinkRequest, secret: str) -> ParallelAccount | None:
        """Store the new webhook secret; None if no account is connected."""
        await self.admin(link_request)
        return await self.accounts.add_secret(link_request.workspace, secret)

    async def without_secret(self, link_request: LinkRequest) -> ParallelAccount | None:
        """Delete the webhook secret. None if no account is connected."""
        await self.admin(link_request)
        account = await self.accounts.own(link_request.workspace)
        if account is None:
            return None
        return await self.accounts.connect(
            link_request.workspace, account.api_key, linked_by=link_request.user_id
        )

    async def _disconnect_operators(
        self,
        workspace: Workspace,
        admin: Person,
        operators: ParallelAccount,
    ) -> None:
        """Cancel the workspace's monitors there, with a note in each thread: they can't move.

        Saved first, so that a crash doesn't leave them running unnoticed.
        """
        app_id = await self.parts.installations.app_id(workspace)
        if app_id is None:
            return
        request = DisconnectRequest(
            workspace=workspace,
            endpoint_id=operators.endpoint_id,
            linked_at=None,
            app_id=app_id,
            by_user_id=admin.user_id,
            by_name=admin.name,
        )
        name = f"unlink:{workspace.team_id}:{operators.endpoint_id}"
        await self._submit(IntentKind.DISCONNECT, request, name)


@dataclass(frozen=True, slots=True)
class ConnectByConsent:
    """The OAuth flow with Parallel's consent page, for one browser and only once."""

    consents: LinkTokens[PendingConsent]
    page: ParallelConsentPage
    link: ConnectAccount

    async def begin(self, session: LinkSession, *, verifier: str) -> str:
        """The address to send the browser to. Raises QueueDownError."""
        state = await self.consents.issue(PendingConsent(session.session_id, verifier))
        return self.page.address(state=state, challenge=challenge_of(verifier))

    async def end(self, session: LinkSession, state: str) -> PendingConsent:
        """Also where the person declined at Parallel. Raises ConnectError, QueueDownError."""
        consent = await self.consents.read(state)
        if consent is not None and consent.session_id != session.session_id:
            raise ConnectError(connect_texts.OTHER_BROWSER)
        consent = await self.consents.take(state)
        if consent is None:
            raise ConnectError(connect_texts.STATE_USED)
        return consent

    async def finish(self, session: LinkSession, *, state: str, code: str) -> Answer:
        """Raises ConnectError, QueueDownError."""
        consent = await self.end(session, state)
        await self.link.admin(session.link_request)
        try:
            api_key = await self.page.exchange(code, verifier=consent.verifier)
        except parallel_errors.ParallelError as error:
            is_refused = isinstance(error, parallel_errors.RefusedError)
            away = connect_texts.PARALLEL_AWAY
            raise ConnectError(connect_texts.CODE_REFUSED if is_refused else away) from error
        return await self.link.by_key(session.link_request, api_key)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def tell_admins(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """Everyone who could undo it, the person who did it among them: it may not have been them.

    The ledger posts each message once. Raises SlackPostError.
    """
    request = request_of(intent, ConnectedRequest)
    account = await parts.accounts.own(request.workspace)
    if account is None or account.last_four != request.last_four:
        if parts.clock.now() - intent.created_at < CONNECT_WITHIN:
            return RetryAfter("the account is not connected yet", CONNECTING_SECONDS)
        return Done()
    note = note_message(account_texts.account_connected(request.by_name, request.last_four))
    asked, most = intent.intent_id, MOST_ADMINS
    await ask_admins.ask(parts, request.workspace, asked, note, at_most=most)
    return Done()
