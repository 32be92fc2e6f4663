from datetime import timedelta

import pytest

from monitors.model.ledger import Baseline
from monitors.model.workspace import Workspace
from tests.contracts.conftest import Clock, Records

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
ELSEWHERE = Workspace("T2")
NOBODY = Workspace("")


@pytest.fixture
def made(clock: Clock) -> Baseline:
    return Baseline("monitor_1", "endpoint_1", clock.now)


async def test_a_baseline_is_set_once(records: Records, clock: Clock, made: Baseline) -> None:
    later = Baseline("monitor_1", "endpoint_2", clock.now + timedelta(days=1), "mevtgrp_9")
    await records.baselines.set_baseline(HERE, made)
    await records.baselines.set_baseline(HERE, later)
    assert await records.baselines.baseline(HERE, "monitor_1") == made


async def test_a_baseline_moves_on_and_keeps_the_rest(records: Records, made: Baseline) -> None:
    met = Baseline("monitor_2", "endpoint_1", made.since, "mevtgrp_7")
    for baseline in (made, met):
        await records.baselines.set_baseline(HERE, baseline)
    await records.baselines.advance(HERE, "monitor_1", mark="mevtgrp_1")
    moved = Baseline("monitor_1", "endpoint_1", made.since, "mevtgrp_1")
    assert await records.baselines.baseline(HERE, "monitor_1") == moved
    assert await records.baselines.baseline(HERE, "monitor_2") == met


async def test_without_a_baseline_nothing_moves(records: Records) -> None:
    await records.baselines.advance(HERE, "monitor_1", mark="mevtgrp_1")
    assert await records.baselines.baseline(HERE, "monitor_1") is None


async def test_a_monitors_owner_is_found_by_its_endpoint(records: Records, made: Baseline) -> None:
    await records.baselines.set_baseline(HERE, made)
    assert await records.baselines.owner("endpoint_1", "monitor_1") == HERE
    assert await records.baselines.owner("endpoint_2", "monitor_1") is None
    assert await records.baselines.owner("endpoint_1", "monitor_2") is None


async def test_a_monitor_that_two_claim_is_nobodys(records: Records, made: Baseline) -> None:
    await records.baselines.set_baseline(HERE, made)
    await records.baselines.set_baseline(ELSEWHERE, made)
    assert await records.baselines.owner("endpoint_1", "monitor_1") is None
    await records.baselines.forget(ELSEWHERE, "monitor_1")
    assert await records.baselines.owner("endpoint_1", "monitor_1") == HERE


async def test_a_forgotten_baseline_can_be_set_anew(records: Records, made: Baseline) -> None:
    await records.baselines.set_baseline(HERE, made)
    await records.baselines.forget(HERE, "monitor_1")
    await records.baselines.forget(HERE, "monitor_1")
    assert await records.baselines.baseline(HERE, "monitor_1") is None
    anew = Baseline("monitor_1", "endpoint_2", made.since)
    await records.baselines.set_baseline(HERE, anew)
    assert await records.baselines.baseline(HERE, "monitor_1") == anew


async def test_workspaces_never_meet_in_baselines(records: Records, made: Baseline) -> None:
    await records.baselines.set_baseline(HERE, made)
    await records.baselines.advance(ELSEWHERE, "monitor_1", mark="mevtgrp_1")
    await records.baselines.forget(ELSEWHERE, "monitor_1")
    assert await records.baselines.baseline(ELSEWHERE, "monitor_1") is None
    assert await records.baselines.baseline(HERE, "monitor_1") == made


async def test_baselines_keep_nothing_for_nobody(records: Records, made: Baseline) -> None:
    for call in (
        lambda: records.baselines.set_baseline(NOBODY, made),
        lambda: records.baselines.baseline(NOBODY, "monitor_1"),
        lambda: records.baselines.advance(NOBODY, "monitor_1", mark="mevtgrp_1"),
        lambda: records.baselines.forget(NOBODY, "monitor_1"),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()
