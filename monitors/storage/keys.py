"""Every Redis key, and how long it is kept.

A key starts with its workspace in braces, which keeps a workspace's keys together in a Redis
Cluster, so that one command or script can use several.
"""

from typing import Final

from monitors.model.workspace import Workspace
from monitors.storage.tenancy import team_of

# Longer than a job is retried (monitors.work.queue.KEEP_TRYING).
CRASH_TTL_SECONDS: Final = 3 * 24 * 3600

# How long a limit's key is kept after the limit is full again, when it means nothing.
LIMIT_MARGIN_SECONDS: Final = 60


# A test of the webhook secret takes minutes; the first real webhook may take an hour.
VERIFICATION_TTL_SECONDS: Final = 2 * 3600


def link_token_key(kind: str, token_hash: str) -> str:
    """The value of a link token; the workspace is in the encrypted value."""
    return f"threadwatch:link-{kind}:{token_hash}"


def webhook_verification_key(endpoint_id: str) -> str:
    """What arrived at an account's webhook address since its test began."""
    return f"threadwatch:webhook-test:{{{endpoint_id}}}"


def channel_posts_key(workspace: Workspace, channel: str) -> str:
    return f"{_prefix(workspace)}:posts:{channel}"


def workspace_posts_key(workspace: Workspace) -> str:
    return f"{_prefix(workspace)}:posts"


def told_key(workspace: Workspace) -> str:
    """Until when Slack told a workspace's posts to wait."""
    return f"{_prefix(workspace)}:told"


def submitted_view_key(workspace: Workspace, view_id: str) -> str:
    return f"{_prefix(workspace)}:view:{view_id}"


def creates_key(endpoint_id: str) -> str:
    """An account's limit on creating monitors; the operator's serves many workspaces."""
    return f"threadwatch:creates:{{{endpoint_id}}}"


def creates_share_key(endpoint_id: str, workspace: Workspace) -> str:
    """What a workspace can still take of its share of them; beside the account's own key."""
    return f"threadwatch:creates:{{{endpoint_id}}}:{team_of(workspace)}"


def crash_key(job_key: str) -> str:
    """How often a job's worker crashed; jobs are named before their workspace is known."""
    return f"threadwatch:crashes:{job_key}"


def pulse_key(process: str) -> str:
    """That another process's worker did a process's tiny job lately."""
    return f"threadwatch:pulse:{process}"


def workspace_pattern(workspace: Workspace) -> str:
    """Matches every key that may name the workspace; `names_workspace` decides."""
    return f"threadwatch:*{team_of(workspace)}*"


def names_workspace(key: str, workspace: Workspace) -> bool:
    """True if the workspace is a whole part of the key, not just the beginning of one."""
    return team_of(workspace) in key.replace("{", "").replace("}", "").split(":")


def _prefix(workspace: Workspace) -> str:
    return f"threadwatch:{{{team_of(workspace)}}}"
