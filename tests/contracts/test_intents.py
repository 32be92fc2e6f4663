from dataclasses import replace
from datetime import timedelta, timezone

import anyio
import pytest

from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.work.intent_store import HOLD_SECONDS, SqlIntents
from tests.contracts.conftest import Clock

pytestmark = pytest.mark.anyio


def an_intent(clock: Clock, intent_id: str = "Tr1", team_id: str = "T1") -> Intent:
    return Intent(
        intent_id=intent_id,
        workspace=Workspace(team_id, "E1"),
        kind=IntentKind.START,
        argument='{"query": "latest “AI” papers 🧪"}',
        created_at=clock.now,
    )


async def test_an_intent_comes_back_as_it_was(intents: SqlIntents, clock: Clock) -> None:
    intent = an_intent(clock)
    assert await intents.add(intent)
    assert await intents.get("Tr1") == intent


async def test_an_intent_without_an_organisation_comes_back_as_it_was(
    intents: SqlIntents, clock: Clock
) -> None:
    intent = replace(an_intent(clock), workspace=Workspace("T1"))
    await intents.add(intent)
    assert await intents.get("Tr1") == intent


async def test_a_moment_in_another_zone_is_the_same_moment(
    intents: SqlIntents, clock: Clock
) -> None:
    east = timezone(timedelta(hours=9))
    intent = replace(an_intent(clock), created_at=clock.now.astimezone(east))
    await intents.add(intent)
    found = await intents.get("Tr1")
    assert found is not None
    assert found.created_at == clock.now


async def test_a_request_sent_twice_is_one_intent(intents: SqlIntents, clock: Clock) -> None:
    assert await intents.add(an_intent(clock))
    await intents.save_progress("Tr1", '{"card": "1.2"}')
    assert not await intents.add(an_intent(clock))
    found = await intents.get("Tr1")
    assert found is not None
    assert found.progress == '{"card": "1.2"}'


async def test_of_many_that_add_the_same_intent_one_is_first(
    intents: SqlIntents, clock: Clock
) -> None:
    answers: list[bool] = []

    async def add() -> None:
        answers.append(await intents.add(an_intent(clock)))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(add)
    assert sorted(answers) == [False] * 7 + [True]


async def test_a_finished_intent_is_gone_but_not_forgotten(
    intents: SqlIntents, clock: Clock
) -> None:
    await intents.add(an_intent(clock))
    await intents.finish("Tr1")
    assert await intents.get("Tr1") is None
    assert not await intents.add(an_intent(clock))
    await intents.save_progress("Tr1", '{"late": true}')
    assert await intents.get("Tr1") is None


async def test_an_unknown_intent_is_none_and_finishing_it_no_error(intents: SqlIntents) -> None:
    assert await intents.get("Tr0") is None
    await intents.finish("Tr0")
    await intents.save_progress("Tr0", "{}")
    assert await intents.get("Tr0") is None


async def test_stale_intents_come_longest_untouched_first(
    intents: SqlIntents, clock: Clock
) -> None:
    for intent_id in ("Tr1", "Tr2", "Tr3", "Tr4"):
        await intents.add(an_intent(clock, intent_id))
        clock.advance(seconds=10)
    await intents.save_progress("Tr1", '{"card": "1.2"}')
    await intents.finish("Tr2")
    clock.advance(seconds=10)
    stale = await intents.stale(older_than=clock.now, limit=2)
    assert [intent.intent_id for intent in stale] == ["Tr3", "Tr4"]
    stale = await intents.stale(older_than=clock.now, limit=9)
    assert [intent.intent_id for intent in stale] == ["Tr3", "Tr4", "Tr1"]


async def test_an_intent_just_touched_is_not_stale(intents: SqlIntents, clock: Clock) -> None:
    await intents.add(an_intent(clock))
    assert not await intents.stale(older_than=clock.now, limit=9)
    clock.advance(minutes=1)
    assert await intents.stale(older_than=clock.now, limit=9)


async def test_an_intent_of_nobody_is_refused(intents: SqlIntents, clock: Clock) -> None:
    with pytest.raises(ValueError, match="team_id is empty"):
        await intents.add(an_intent(clock, team_id=""))


async def test_open_intents_are_those_of_a_workspace_and_kind(
    intents: SqlIntents, clock: Clock
) -> None:
    await intents.add(an_intent(clock))
    await intents.add(an_intent(clock, "Tr2"))
    await intents.add(an_intent(clock, "Tr3", team_id="T2"))
    await intents.add(replace(an_intent(clock, "Tr4"), kind=IntentKind.CANCEL))
    await intents.finish("Tr2")
    found = await intents.open_intents(Workspace("T1"), IntentKind.START)
    assert [intent.intent_id for intent in found] == ["Tr1"]


async def test_one_attempt_at_a_time_holds_an_intent(intents: SqlIntents, clock: Clock) -> None:
    await intents.add(an_intent(clock))
    assert await intents.hold("Tr1")
    assert not await intents.hold("Tr1")
    await intents.let_go("Tr1")
    assert await intents.hold("Tr1")


async def test_what_a_crashed_attempt_held_is_free_again_after_a_while(
    intents: SqlIntents, clock: Clock
) -> None:
    await intents.add(an_intent(clock))
    assert await intents.hold("Tr1")
    clock.advance(seconds=HOLD_SECONDS - 1)
    assert not await intents.hold("Tr1")
    clock.advance(seconds=1)
    assert await intents.hold("Tr1")


async def test_a_kept_step_holds_an_intent_anew(intents: SqlIntents, clock: Clock) -> None:
    await intents.add(an_intent(clock))
    await intents.hold("Tr1")
    clock.advance(seconds=HOLD_SECONDS - 1)
    await intents.save_progress("Tr1", '{"step": 1}')
    clock.advance(seconds=HOLD_SECONDS - 1)
    assert not await intents.hold("Tr1")


async def test_an_unknown_or_finished_intent_cannot_be_held(
    intents: SqlIntents, clock: Clock
) -> None:
    assert not await intents.hold("Tr1")
    await intents.let_go("Tr1")
    await intents.add(an_intent(clock))
    await intents.finish("Tr1")
    assert not await intents.hold("Tr1")


async def test_a_held_intent_is_just_touched(intents: SqlIntents, clock: Clock) -> None:
    await intents.add(an_intent(clock))
    clock.advance(minutes=1)
    await intents.hold("Tr1")
    assert not await intents.stale(older_than=clock.now, limit=9)
