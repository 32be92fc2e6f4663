"""Connecting a Parallel account: who does it, for which workspace, and the current step."""

from dataclasses import dataclass, field

from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A person known to Slack who wants to connect an account to their workspace."""

    workspace: Workspace
    user_id: str


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A browser that came from Slack with a one-time link, or from installing the app.

    `csrf` goes into its forms, so that no other site can submit them.
    """

    link_request: LinkRequest
    session_id: str = field(repr=False)
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A tested key that waits for its person to confirm what connecting it cancels."""

    link_request: LinkRequest
    api_key: str = field(repr=False)


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
