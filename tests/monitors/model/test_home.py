"""A monitor's metadata leads back to its thread and workspace."""

import pytest

from monitors.model.monitor import MonitorHome, policy_of
from monitors.model.workspace import ThreadRef, Workspace


@pytest.mark.parametrize("workspace", [Workspace("T1"), Workspace("T1", "E1")])
def test_a_home_is_rebuilt_from_its_metadata_alone(workspace: Workspace) -> None:
    thread = ThreadRef("C1", "1700000000.000100")
    home = MonitorHome(thread, workspace.team_id, "A1", "U1", policy_of(workspace))
    rebuilt = MonitorHome.from_metadata(home.to_metadata())
    assert rebuilt == home
    assert rebuilt is not None
    assert rebuilt.workspace == workspace


@pytest.mark.parametrize("policy", ["", "{", "[]", '{"enterprise_id": 5}', "null", "[" * 100_000])
def test_a_policy_that_others_wrote_names_no_organisation(policy: str) -> None:
    home = MonitorHome(ThreadRef("C1", "1.2"), "T1", "A1", "U1", policy)
    assert home.workspace == Workspace("T1")
