"""Connecting a Parallel account: who does it, for which workspace, and the current step."""

import hashlib
from dataclasses import dataclass, field

from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A person known to Slack who wants to connect an account to their workspace."""

    workspace: Workspace
    user_id: str

    def __post_init__(self) -> None:
        if not self.workspace.team_id:
            raise ValueError("Nobody connects an account without a workspace: team_id is empty.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A link request and its names, as Slack gave them; empty where it gave none."""

    link_request: LinkRequest
    person_name: str
    workspace_name: str = ""
    domain: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A browser whose person agreed to connect an account to the workspace they were shown."""

    visitor: Visitor
    session_id: str = field(repr=False)

    @property
    def link_request(self) -> LinkRequest:
        return self.visitor.link_request

    @property
    def csrf(self) -> str:
        """For its forms, so that no other site can submit them: the cookie can't be derived."""
        return hashlib.sha256(f"csrf:{self.session_id}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The installation that a browser has just made; a `ticket` if its person may go on."""

    workspace: Workspace
    name: str
    slack_url: str
    ticket: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A tested key that waits for its person to confirm that connecting it cancels `running`."""

    link_request: LinkRequest
    api_key: str = field(repr=False)
    running: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Connecting the key would cancel `running` monitors; `token` confirms it, once."""

    token: str = field(repr=False)
    last_four: str
    running: int


@dataclass(frozen=True, slots=True)
class PendingConsent:
    """A browser's visit to Parallel's consent page; the PKCE verifier stays here."""

    session_id: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingInstall:
    """A visit to the page where Slack asks whether to add the app."""
