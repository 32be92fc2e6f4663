"""Every Redis key, and how long it lives.

A key starts with its workspace in braces, which keeps a workspace's keys together in a Redis
Cluster, so that one command or script may touch several.
"""

from typing import Final, Literal

from monitors.model.workspace import Workspace
from monitors.storage.tenancy import team_of

# Slack's own limit on an installation's code; the cookie lives as long.
STATE_TTL_SECONDS: Final = 600

# Longer than a job is tried (monitors.work.queue.KEEP_TRYING).
CRASH_TTL_SECONDS: Final = 3 * 24 * 3600

# Kept this much longer than a limit needs to be whole again, after which it says nothing.
LIMIT_MARGIN_SECONDS: Final = 60


def state_key(state: str) -> str:
    """An OAuth state; it belongs to no workspace yet, for the install is what names one."""
    return f"threadwatch:oauth-state:{state}"


# A check of the webhooks is looked at within minutes; the first real one may take an hour.
VERIFICATION_TTL_SECONDS: Final = 2 * 3600

LinkTokenKind = Literal["ticket", "session", "consent"]


def link_token_key(kind: LinkTokenKind, token_hash: str) -> str:
    """What a token of linking stands for; the workspace is in what is sealed there."""
    return f"threadwatch:link-{kind}:{token_hash}"


def webhook_verification_key(endpoint_id: str) -> str:
    """What came to an account's webhook address since its check began."""
    return f"threadwatch:sightings:{{{endpoint_id}}}"


def channel_posts_key(workspace: Workspace, channel: str) -> str:
    """How many messages a channel can take now."""
    return f"{_prefix(workspace)}:posts:{channel}"


def workspace_posts_key(workspace: Workspace) -> str:
    """How many messages a workspace can take now."""
    return f"{_prefix(workspace)}:posts"


def told_key(workspace: Workspace) -> str:
    """Until when Slack asked a workspace's posts to wait."""
    return f"{_prefix(workspace)}:told"


def creates_key(endpoint_id: str) -> str:
    """How many monitors an account can make now; the operator's account serves many workspaces."""
    return f"threadwatch:creates:{{{endpoint_id}}}"


def crash_key(job_key: str) -> str:
    """How often a job's worker went down; jobs are named before their workspace is known."""
    return f"threadwatch:crashes:{job_key}"


def leader_key(name: str) -> str:
    """Who does, for all workspaces, what one process does for all."""
    return f"threadwatch:leader:{name}"


def workspace_pattern(workspace: Workspace) -> str:
    """Matches every key that may name the workspace; `names_workspace` says which ones do."""
    return f"threadwatch:*{team_of(workspace)}*"


def names_workspace(key: str, workspace: Workspace) -> bool:
    """Whether the workspace is one of the key's parts, and not only the beginning of one."""
    return team_of(workspace) in key.replace("{", "").replace("}", "").split(":")


def _prefix(workspace: Workspace) -> str:
    return f"threadwatch:{{{team_of(workspace)}}}"
