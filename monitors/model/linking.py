"""Linking a Parallel account: who does it, for which workspace, and how far they are."""

from dataclasses import dataclass, field

from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Linker:
    """A person in Slack, known to be one: what they link is their workspace's."""

    workspace: Workspace
    user_id: str


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A browser that came from Slack with a ticket, or from the install of the app.

    `csrf` goes into its forms, so that no other site can send them.
    """

    linker: Linker
    session_id: str = field(repr=False)
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingConsent:
    """A browser on its way to Parallel's consent page and back; the verifier stays here."""

    session_id: str = field(repr=False)
    verifier: str = field(repr=False)
