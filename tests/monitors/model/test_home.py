"""A monitor's metadata leads back to its thread and workspace."""

from datetime import UTC, datetime

import pytest

from monitors.model.monitor import MonitorHome
from monitors.model.policy import Hold, Policy
from monitors.model.workspace import ThreadRef, Workspace

PAUSED = Hold("U1", frequency="6h")
SNOOZED = Hold("U1", until=datetime(2026, 11, 27, 9, tzinfo=UTC))


@pytest.mark.parametrize("hold", [None, PAUSED, SNOOZED])
@pytest.mark.parametrize("workspace", [Workspace("T1"), Workspace("T1", "E1")])
def test_a_home_is_rebuilt_from_its_metadata_alone(workspace: Workspace, hold: Hold | None) -> None:
    thread = ThreadRef("C1", "1700000000.000100")
    policy = Policy(workspace.enterprise_id, hold)
    home = MonitorHome(thread, workspace.team_id, "A1", "U1", policy)
    rebuilt = MonitorHome.from_metadata(home.to_metadata())
    assert rebuilt == home
    assert rebuilt is not None
    assert rebuilt.workspace == workspace


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "{",
        "[]",
        '{"enterprise_id": 5}',
        "null",
        "[" * 100_000,
        '{"hold": {}}',
        '{"hold": {"by": "U1"}}',
        '{"hold": {"by": 5, "until": "soon"}}',
        '{"hold": {"by": "U1", "until": 99999999999999999999}}',
        '{"hold": {"by": "U1", "frequency": 6}}',
    ],
)
def test_a_policy_that_cannot_be_read_is_none(policy: str) -> None:
    assert Policy.from_json(policy) == Policy()
