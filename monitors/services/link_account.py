"""Linking a workspace's Parallel account: by a key, or by Parallel's consent page (PKCE)."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

import structlog

from monitors.domain.account import ParallelAccount
from monitors.domain.linking import Linker, LinkSession, PendingConsent
from monitors.domain.parallel_errors import (
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
    RefusedError,
)
from monitors.domain.person import Person
from monitors.domain.slack_errors import DeadDestinationError, SlackPostError
from monitors.domain.workspace import Workspace
from monitors.services.linking import LinkConsents
from monitors.services.ports import InstallationIndex, StoreDownError

# Within a page's patience, and within the three seconds that Slack leaves a modal.
PAGE_SECONDS: Final = 8.0
MODAL_SECONDS: Final = 1.8


class LinkProblem(Enum):
    """Why an account was not linked; nothing was kept."""

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
    NOT_KEPT = auto()


_PROBLEM_OF: Final[dict[type[ParallelError], LinkProblem]] = {
    BadKeyError: LinkProblem.BAD_KEY,
    NoCreditError: LinkProblem.NO_CREDIT,
    ForbiddenError: LinkProblem.FORBIDDEN,
}

Linked = ParallelAccount | LinkProblem


class KeyTrial(Protocol):
    async def try_key(self, api_key: str, *, seconds: float) -> None:
        """Do something harmless with the key. Raises ParallelError."""
        ...


class ConsentPage(Protocol):
    """Parallel's consent page, and the code that it gives."""

    def address(self, *, state: str, challenge: str) -> str: ...

    async def exchange(self, code: str, *, verifier: str) -> str:
        """The API key. Raises RefusedError for a code that is not good, else ParallelError."""
        ...


class People(Protocol):
    async def person(self, workspace: Workspace, user_id: str) -> Person:
        """As Slack says now. Raises SlackPostError."""
        ...


class AccountLinks(Protocol):
    """Where linked accounts are kept. Raises StoreDownError."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None: ...

    async def link(
        self,
        workspace: Workspace,
        api_key: str,
        webhook_secrets: Sequence[str] = (),
        *,
        linked_by: str | None = None,
    ) -> ParallelAccount: ...

    async def add_secret(self, workspace: Workspace, secret: str) -> ParallelAccount | None: ...


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """A key is tried before it is kept, and only an admin's is."""

    installations: InstallationIndex
    people: People
    trial: KeyTrial
    accounts: AccountLinks

    async def may(self, linker: Linker) -> LinkProblem | None:
        """Why the person may not link an account, None where they may."""
        try:
            if await self.installations.app_id(linker.workspace) is None:
                return LinkProblem.NOT_INSTALLED
            person = await self.people.person(linker.workspace, linker.user_id)
        except DeadDestinationError:
            # Slack knows no such person there.
            return LinkProblem.NOT_ADMIN
        except SlackPostError:
            return LinkProblem.SLACK_AWAY
        except StoreDownError:
            return LinkProblem.NOT_KEPT
        return None if person.is_admin else LinkProblem.NOT_ADMIN

    async def by_key(
        self, linker: Linker, api_key: str, *, seconds: float = PAGE_SECONDS
    ) -> Linked:
        problem = await self.may(linker)
        if problem is not None:
            return problem
        try:
            await self.trial.try_key(api_key, seconds=seconds)
        except ParallelError as error:
            return _PROBLEM_OF.get(type(error), LinkProblem.PARALLEL_AWAY)
        try:
            return await self._keep(linker, api_key)
        except StoreDownError:
            return LinkProblem.NOT_KEPT

    async def with_secret(self, linker: Linker, secret: str) -> Linked | None:
        """Keep the newest webhook secret; None where no account is linked."""
        problem = await self.may(linker)
        if problem is not None:
            return problem
        return await self.accounts.add_secret(linker.workspace, secret)

    async def without_secret(self, linker: Linker) -> Linked | None:
        """Forget the webhook secret: webhooks are hints then. None where no account is linked."""
        problem = await self.may(linker)
        if problem is not None:
            return problem
        account = await self.accounts.for_workspace(linker.workspace)
        if account is None or account.team_id is None:
            return None
        return await self.accounts.link(linker.workspace, account.api_key, linked_by=linker.user_id)

    async def _keep(self, linker: Linker, api_key: str) -> ParallelAccount:
        workspace = linker.workspace
        known = await self.accounts.for_workspace(workspace)
        # The secret belongs to the account, so it stays with the same key and no other.
        same = known is not None and known.team_id is not None and known.api_key == api_key
        secrets = known.webhook_secrets if known is not None and same else ()
        account = await self.accounts.link(workspace, api_key, secrets, linked_by=linker.user_id)
        structlog.get_logger("accounts").info(
            "account linked", team_id=workspace.team_id, user_id=linker.user_id
        )
        return account


@dataclass(frozen=True, slots=True)
class LinkByConsent:
    """The way over Parallel's consent page, bound to one browser, once."""

    consents: LinkConsents
    page: ConsentPage
    link: LinkAccount

    async def begin(self, session: LinkSession, *, verifier: str) -> str:
        """Where the browser goes. Raises QueueDownError."""
        state = await self.consents.begin(PendingConsent(session.session_id, verifier))
        return self.page.address(state=state, challenge=challenge_of(verifier))

    async def cancel(self, state: str) -> None:
        """The person said no at Parallel. Raises QueueDownError."""
        await self.consents.end(state)

    async def finish(self, session: LinkSession, *, state: str, code: str) -> Linked:
        """Raises QueueDownError."""
        consent = await self.consents.end(state)
        if consent is None:
            return LinkProblem.STATE_USED
        if consent.session_id != session.session_id:
            return LinkProblem.OTHER_BROWSER
        problem = await self.link.may(session.linker)
        if problem is not None:
            return problem
        try:
            api_key = await self.page.exchange(code, verifier=consent.verifier)
        except RefusedError:
            return LinkProblem.CODE_REFUSED
        except ParallelError:
            return LinkProblem.PARALLEL_AWAY
        return await self.link.by_key(session.linker, api_key)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
