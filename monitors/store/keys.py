"""Every Redis key, and how long it lives.

A key starts with its workspace in braces, which keeps a workspace's keys together in a Redis
Cluster, so that one command or script may touch several.
"""

from typing import Final

from monitors.domain.workspace import ThreadRef, Workspace
from monitors.store.tenancy import team_of

# Longer than the longest frequency (30 days), so that a thread that still gets findings is known;
# losing it costs one question to Parallel.
THREAD_TTL_SECONDS: Final = 35 * 24 * 3600

# Slack's own limit on an installation's code; the cookie lives as long.
STATE_TTL_SECONDS: Final = 600


def state_key(state: str) -> str:
    """An OAuth state; it belongs to no workspace yet, for the install is what names one."""
    return f"threadwatch:oauth-state:{state}"


def thread_key(workspace: Workspace, thread: ThreadRef) -> str:
    """Which monitor lives in a thread."""
    return f"{_prefix(workspace)}:thread:{thread.channel}:{thread.ts}"


def _prefix(workspace: Workspace) -> str:
    return f"threadwatch:{{{team_of(workspace)}}}"
