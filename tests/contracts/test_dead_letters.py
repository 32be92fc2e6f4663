"""What was given up is a state of intents, or a row of its own for a job that is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.work.intent_store import INTENT_JOB, SqlIntents
from tests.contracts.conftest import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture
def letter(clock: Clock) -> DeadLetter:
    return DeadLetter(
        letter_id="deliver:endpoint_1:monitor_1:mevtgrp_1",
        team_id="T1",
        enterprise_id="E1",
        kind="deliver",
        argument='{"monitor_id": "monitor_1", "query": "latest “AI” papers 🧪"}',
        reason="slack: channel_not_found",
        attempts=7,
        trace_id="0123456789abcdef",
        since=clock.now,
        failed_at=clock.now + timedelta(hours=48),
    )


def another(letter: DeadLetter, number: int, **changes: str) -> DeadLetter:
    """A later letter, of another job unless `changes` say otherwise."""
    later = letter.failed_at + timedelta(seconds=number)
    other = replace(letter, letter_id=f"job_{number}", failed_at=later)
    return replace(other, **changes)  # pyright: ignore[reportArgumentType] - the changed are all text


async def listed(intents: SqlIntents, team_id: str | None = None) -> list[DeadLetter]:
    return list(await intents.failed(team_id=team_id, limit=9))


async def test_a_letter_comes_back_as_it_was_and_can_be_sent_again(
    intents: SqlIntents, letter: DeadLetter
) -> None:
    await intents.fail(letter)
    assert await listed(intents) == [letter]
    for _ in range(2):
        await intents.revive(letter)
        assert await listed(intents) == []


async def test_a_job_given_up_again_has_one_letter_the_later(
    intents: SqlIntents, letter: DeadLetter
) -> None:
    again = another(letter, 2, letter_id=letter.letter_id, reason="slack: is_archived")
    await intents.fail(letter)
    await intents.fail(again)
    assert await listed(intents) == [again]


async def test_sending_an_older_letter_late_leaves_the_later(
    intents: SqlIntents, letter: DeadLetter
) -> None:
    again = another(letter, 2, letter_id=letter.letter_id)
    await intents.fail(letter)
    await intents.fail(again)
    await intents.revive(letter)
    assert await listed(intents) == [again]


async def test_letters_come_latest_first_and_no_more_than_asked_for(
    intents: SqlIntents, letter: DeadLetter
) -> None:
    for number in (3, 1, 4, 2):
        await intents.fail(another(letter, number))
    latest = await intents.failed(team_id=None, limit=3)
    assert [found.letter_id for found in latest] == ["job_4", "job_3", "job_2"]


async def test_letters_are_listed_by_workspace_or_all(
    intents: SqlIntents, letter: DeadLetter
) -> None:
    for number, team_id in enumerate(("T1", "T2", "")):
        await intents.fail(another(letter, number, team_id=team_id))
    assert [found.team_id for found in await listed(intents)] == ["", "T2", "T1"]
    for team_id, count in (("T2", 1), ("", 1), ("T3", 0)):
        assert [found.team_id for found in await listed(intents, team_id)] == [team_id] * count


async def test_an_intent_given_up_keeps_its_request_and_steps_until_it_is_sent_again(
    intents: SqlIntents, letter: DeadLetter, clock: Clock
) -> None:
    intent = Intent("Tr1", Workspace("T1", "E1"), IntentKind.START, '{"query": "x"}', clock.now)
    await intents.add(intent)
    await intents.save_progress("Tr1", '{"card_ts": "1.2"}')
    failed = replace(letter, letter_id="Tr1", kind=INTENT_JOB, argument="Tr1")
    await intents.fail(failed)
    assert await intents.get("Tr1") is None
    assert await intents.hold("Tr1") is None
    (kept,) = await listed(intents)
    assert (kept.kind, kept.argument, kept.is_intent) == ("start", '{"query": "x"}', True)
    await intents.revive(kept)
    assert await intents.get("Tr1") == replace(intent, progress='{"card_ts": "1.2"}')
    assert await listed(intents) == []


async def test_an_intent_that_was_finished_is_not_given_up_late(
    intents: SqlIntents, letter: DeadLetter, clock: Clock
) -> None:
    await intents.add(Intent("Tr1", Workspace("T1"), IntentKind.START, "{}", clock.now))
    await intents.finish("Tr1")
    await intents.fail(replace(letter, letter_id="Tr1", kind=INTENT_JOB))
    await intents.fail(replace(letter, letter_id="Tr2", kind=INTENT_JOB))
    assert await listed(intents) == []
