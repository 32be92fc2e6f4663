"""Every key and row belongs to a workspace."""

from monitors.model.workspace import Workspace


def team_of(workspace: Workspace) -> str:
    """The workspace's id.

    Raises ValueError if it is empty: data without a workspace could be read by anyone.
    """
    if not workspace.team_id:
        raise ValueError("Nothing is kept without a workspace: team_id is empty.")
    return workspace.team_id
