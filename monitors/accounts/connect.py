"""Connects a workspace's Parallel account, by a key or by Parallel's consent page (PKCE)."""

import asyncio
import base64
import hashlib
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

import structlog

from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.intent import IntentKind
from monitors.model.linking import (
    Confirmation,
    LinkRequest,
    LinkSession,
    PendingConsent,
    PendingKey,
    Visitor,
)
from monitors.model.monitor import Monitor
from monitors.model.parallel_errors import (
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
    RefusedError,
    UnknownMonitorError,
)
from monitors.model.person import Person
from monitors.model.requests import ConnectedRequest, DisconnectRequest
from monitors.model.slack_errors import DeadDestinationError, SlackPostError, SlackRefusedError
from monitors.model.workspace import Workspace
from monitors.parallel.oauth import ParallelConsentPage, ParallelTrials
from monitors.ports import InstallationStore, MonitorGateway, People, StoreDownError
from monitors.work.intents import SubmitIntent

# As long as a person waits for a page; and well below the three seconds that Slack gives a modal.
PAGE_SECONDS: Final = 8.0
MODAL_SECONDS: Final = 1.8


class ConnectProblem(Enum):
    """Why an account was not connected; nothing was saved."""

    NOT_INSTALLED = auto()
    NOT_ADMIN = auto()
    SLACK_AWAY = auto()
    BAD_KEY = auto()
    NO_CREDIT = auto()
    FORBIDDEN = auto()
    PARALLEL_AWAY = auto()
    CODE_REFUSED = auto()
    STATE_USED = auto()
    OTHER_BROWSER = auto()
    OTHER_ACCOUNT = auto()
    CONFIRMATION_USED = auto()
    NOT_KEPT = auto()


_PROBLEM_OF: Final[dict[type[ParallelError], ConnectProblem]] = {
    BadKeyError: ConnectProblem.BAD_KEY,
    NoCreditError: ConnectProblem.NO_CREDIT,
    ForbiddenError: ConnectProblem.FORBIDDEN,
}

Linked = ParallelAccount | ConnectProblem
Answer = Linked | Confirmation


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A new key beside the account that serves the workspace, and its monitors there."""

    is_same_account: bool
    running: int


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    """Tests a key before storing it; only admins may connect one."""

    installations: InstallationStore
    people: People
    trials: ParallelTrials
    accounts: SqlAccounts
    monitors: MonitorGateway
    submit_intent: SubmitIntent
    confirmations: LinkTokens[PendingKey]

    async def visitor(self, link_request: LinkRequest) -> Visitor | ConnectProblem:
        """The names to show a person who may connect an account, else why they may not."""
        admin = await self._admin(link_request)
        if isinstance(admin, ConnectProblem):
            return admin
        try:
            place = await self.people.workspace_name(link_request.workspace)
        except SlackPostError:
            return ConnectProblem.SLACK_AWAY
        return Visitor(link_request, admin.name, place.name, place.domain, place.icon)

    async def may(self, link_request: LinkRequest) -> ConnectProblem | None:
        """Why the person may not connect an account; None if they may."""
        found = await self._admin(link_request)
        return found if isinstance(found, ConnectProblem) else None

    async def _admin(self, link_request: LinkRequest) -> Person | ConnectProblem:
        try:
            if await self.installations.app_id(link_request.workspace) is None:
                return ConnectProblem.NOT_INSTALLED
            person = await self.people.person(link_request.workspace, link_request.user_id)
        except SlackRefusedError:
            return ConnectProblem.SLACK_AWAY
        except DeadDestinationError:
            # Slack doesn't know this person in that workspace.
            return ConnectProblem.NOT_ADMIN
        except SlackPostError:
            return ConnectProblem.SLACK_AWAY
        except StoreDownError:
            return ConnectProblem.NOT_KEPT
        return person if person.is_admin else ConnectProblem.NOT_ADMIN

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
        admin = await self._admin(link_request)
        if isinstance(admin, ConnectProblem):
            return admin
        try:
            return await self._connect(
                link_request, admin, api_key, seconds=seconds, confirmed=confirmed
            )
        except TimeoutError:
            return ConnectProblem.PARALLEL_AWAY
        except ParallelError as error:
            return _PROBLEM_OF.get(type(error), ConnectProblem.PARALLEL_AWAY)
        except StoreDownError:
            return ConnectProblem.NOT_KEPT

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
        found = _Comparison(is_same_account=False, running=0)
        async with asyncio.timeout(seconds):
            await self.trials.try_key(api_key, seconds=seconds)
            if known is not None:
                found = await self._compare(workspace, known, api_key)
        if known is not None and not found.is_same_account:
            if found.running and known.team_id:
                return ConnectProblem.OTHER_ACCOUNT
            starting = await self.submit_intent.intents.open_intents(workspace, IntentKind.START)
            ending = 0 if known.team_id else found.running + len(starting)
            if ending > confirmed:
                pending = PendingKey(link_request, api_key, ending)
                token = await self.confirmations.issue(pending)
                return Confirmation(token, api_key[-4:], ending)
            if ending:
                await self._disconnect_operators(workspace, admin, known)
        # The secret belongs to the account, which may be a different one now.
        is_own = known is not None and known.team_id is not None
        secrets = known.webhook_secrets if known and is_own and found.is_same_account else ()
        if known is None or not is_own or known.api_key != api_key:
            await self._tell_admins(workspace, admin, api_key[-4:])
        account = await self.accounts.connect(workspace, api_key, secrets, linked_by=admin.user_id)
        structlog.get_logger("accounts").info(
            "account linked", team_id=workspace.team_id, user_id=admin.user_id
        )
        return account

    async def _tell_admins(self, workspace: Workspace, admin: Person, last_four: str) -> None:
        """Saved before the account is, so that no crash leaves them unaware of it."""
        moment = self.submit_intent.clock.now().isoformat()
        await self.submit_intent(
            IntentKind.CONNECTED,
            ConnectedRequest(workspace, admin.user_id, admin.name, last_four),
            intent_id=f"connected:{workspace.team_id}:{moment}",
        )

    async def confirmed(
        self, link_request: LinkRequest, token: str, *, seconds: float = PAGE_SECONDS
    ) -> Answer:
        """Connect the key that `by_key` asked about. Raises QueueDownError."""
        pending = await self.confirmations.take(token)
        if pending is None or pending.link_request != link_request:
            return ConnectProblem.CONFIRMATION_USED
        return await self.by_key(
            link_request, pending.api_key, seconds=seconds, confirmed=pending.running
        )

    async def _compare(
        self, workspace: Workspace, known: ParallelAccount, api_key: str
    ) -> _Comparison:
        """The account is the same if the new key sees a monitor of it. Raises ParallelError."""
        if known.api_key == api_key:
            return _Comparison(is_same_account=True, running=0)
        try:
            found = await self.monitors.list_monitors(known)
        except (BadKeyError, ForbiddenError):
            # The old key no longer works, which is why there is a new one.
            return _Comparison(is_same_account=False, running=0)
        ours = [each for each in found if each.home and each.home.team_id == workspace.team_id]
        probe = next(iter([*ours, *found]), None)
        sees = probe is not None and await self._sees(replace(known, api_key=api_key), probe)
        return _Comparison(is_same_account=sees, running=len(ours))

    async def _sees(self, account: ParallelAccount, monitor: Monitor) -> bool:
        try:
            await self.monitors.retrieve(account, monitor.monitor_id)
        except UnknownMonitorError:
            return False
        return True

    async def with_secret(self, link_request: LinkRequest, secret: str) -> Linked | None:
        """Store the new webhook secret; None if no account is connected."""
        problem = await self.may(link_request)
        if problem is not None:
            return problem
        return await self.accounts.add_secret(link_request.workspace, secret)

    async def without_secret(self, link_request: LinkRequest) -> Linked | None:
        """Delete the webhook secret. None if no account is connected."""
        problem = await self.may(link_request)
        if problem is not None:
            return problem
        account = await self.accounts.for_workspace(link_request.workspace)
        if account is None or account.team_id is None:
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
        app_id = await self.installations.app_id(workspace)
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
        moment = self.submit_intent.clock.now().isoformat()
        await self.submit_intent(
            IntentKind.DISCONNECT,
            request,
            intent_id=f"unlink:{workspace.team_id}:{operators.endpoint_id}:{moment}",
        )


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

    async def cancel(self, session: LinkSession, state: str) -> None:
        """The person declined at Parallel. Raises QueueDownError."""
        consent = await self.consents.read(state)
        if consent is not None and consent.session_id == session.session_id:
            await self.consents.take(state)

    async def finish(self, session: LinkSession, *, state: str, code: str) -> Answer:
        """Raises QueueDownError."""
        consent = await self.consents.read(state)
        if consent is not None and consent.session_id != session.session_id:
            return ConnectProblem.OTHER_BROWSER
        consent = await self.consents.take(state)
        if consent is None:
            return ConnectProblem.STATE_USED
        problem = await self.link.may(session.link_request)
        if problem is not None:
            return problem
        try:
            api_key = await self.page.exchange(code, verifier=consent.verifier)
        except RefusedError:
            return ConnectProblem.CODE_REFUSED
        except ParallelError:
            return ConnectProblem.PARALLEL_AWAY
        return await self.link.by_key(session.link_request, api_key)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
