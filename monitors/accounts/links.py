"""How a workspace gets a Parallel account: what that needs of the world outside, and the steps."""

from typing import Final, Protocol
from urllib.parse import urlencode

from monitors.model.linking import Linker, LinkSession, PendingConsent
from monitors.model.workspace import Workspace

# Of a ticket, and of a way to Parallel and back.
TICKET_SECONDS: Final = 600
# Of a browser's way through the pages, the webhook secret included.
SESSION_SECONDS: Final = 3600


class LinkTickets(Protocol):
    """What lets an admin from Slack into the pages. Raises QueueDownError."""

    async def issue(self, workspace: Workspace, user_id: str) -> str:
        """Good for ten minutes, once. For a person who was just seen to be an admin."""
        ...

    async def take(self, ticket: str) -> Linker | None:
        """Whose ticket it is; None when it is none, was taken, or is too old."""
        ...


class LinkSessions(Protocol):
    """The browsers that are let in. Raises QueueDownError."""

    async def open(self, linker: Linker) -> LinkSession: ...

    async def find(self, session_id: str) -> LinkSession | None: ...


class LinkConsents(Protocol):
    """Ways to Parallel's consent page and back, each ended once. Raises QueueDownError."""

    async def begin(self, consent: PendingConsent) -> str:
        """The state that Parallel gives back; good for ten minutes."""
        ...

    async def end(self, state: str) -> PendingConsent | None: ...


def connect_url(public_url: str, ticket: str) -> str:
    """Where an admin links an account, to be given to that admin alone."""
    return f"{public_url}/parallel/connect?{urlencode({'ticket': ticket})}"
