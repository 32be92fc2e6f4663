"""What waits for somebody to mend it, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.delivery.ledger import SqlBaselines
from monitors.delivery.stranded import SqlStranded
from monitors.model.ledger import Baseline
from monitors.model.stranded import Stranded
from monitors.model.workspace import ThreadRef, Workspace

pytestmark = pytest.mark.anyio

NOON: Final = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
ACME: Final = Workspace("T1")
STRANDED: Final = Stranded(
    workspace=ACME,
    monitor_id="monitor_1",
    endpoint_id="endpoint_1",
    thread=ThreadRef("C1", "1700000000.000100"),
    code="is_archived",
    findings_wait=False,
    since=NOON,
    again_at=NOON + HOUR,
)


async def test_a_stranding_met_again_keeps_its_beginning_and_who_was_told(
    engine: AsyncEngine,
) -> None:
    store = SqlStranded(engine)
    assert await store.strand(STRANDED) == STRANDED
    await store.keep_told(STRANDED, NOON)
    later = replace(STRANDED, code="not_in_channel", since=NOON + HOUR, again_at=NOON + 2 * HOUR)
    kept = replace(later, since=NOON, told_at=NOON)
    assert await store.strand(later) == kept
    assert await store.find("endpoint_1", "monitor_1") == kept
    await store.keep_told(later, NOON + HOUR)
    assert await store.find("endpoint_1", "monitor_1") == kept


async def test_findings_that_wait_are_not_forgotten_over_a_card(engine: AsyncEngine) -> None:
    store = SqlStranded(engine)
    await store.strand(replace(STRANDED, findings_wait=True))
    assert (await store.strand(STRANDED)).findings_wait
    await store.drop(ACME, "monitor_1")
    assert await store.find("endpoint_1", "monitor_1") is None


async def test_only_the_channel_that_opened_is_tried_again(engine: AsyncEngine) -> None:
    store = SqlStranded(engine)
    elsewhere = replace(STRANDED, monitor_id="monitor_2", thread=ThreadRef("C2", "1.1"))
    abroad = replace(STRANDED, workspace=Workspace("T2"), monitor_id="monitor_3")
    for stranded in (STRANDED, elsewhere, abroad):
        await store.strand(stranded)
    assert await store.due(now=NOON, limit=9) == []
    assert await store.is_any_in(ACME, "C1")
    assert not await store.is_any_in(ACME, "C3")
    assert await store.let_try(ACME, channel="C1", at=NOON) == [replace(STRANDED, again_at=NOON)]
    assert [each.monitor_id for each in await store.due(now=NOON, limit=9)] == ["monitor_1"]
    tried = await store.let_try(ACME, channel=None, at=NOON)
    assert {each.monitor_id for each in tried} == {"monitor_1", "monitor_2"}
    due = await store.due(now=NOON + HOUR, limit=2)
    assert {each.monitor_id for each in due} == {"monitor_1", "monitor_2"}


async def test_the_workspaces_on_an_account_are_those_with_monitors(engine: AsyncEngine) -> None:
    baselines = SqlBaselines(engine)
    for team_id, monitor_id in (("T2", "m1"), ("T1", "m2"), ("T1", "m3")):
        await baselines.set_baseline(Workspace(team_id), Baseline(monitor_id, "endpoint_1", NOON))
    await baselines.set_baseline(Workspace("T3"), Baseline("m4", "endpoint_2", NOON))
    found = await baselines.workspaces_on("endpoint_1")
    assert found == [Workspace("T1"), Workspace("T2")]
