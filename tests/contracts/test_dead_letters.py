from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.model.dead_letter import DeadLetter
from tests.contracts.conftest import Clock, Records

pytestmark = pytest.mark.anyio


@pytest.fixture
def letter(clock: Clock) -> DeadLetter:
    return DeadLetter(
        letter_id="letter_1",
        team_id="T1",
        kind="deliver",
        key="deliver:endpoint_1:monitor_1:mevtgrp_1",
        argument='{"monitor_id": "monitor_1", "query": "latest “AI” papers 🧪"}',
        reason="slack: channel_not_found",
        attempts=7,
        trace_id="0123456789abcdef",
        since=clock.now,
        buried_at=clock.now + timedelta(hours=48),
    )


def another(letter: DeadLetter, number: int, **changes: str) -> DeadLetter:
    """A later letter, of another job unless `changes` say otherwise."""
    later = letter.buried_at + timedelta(seconds=number)
    other = replace(letter, letter_id=f"letter_{number}", key=f"job_{number}", buried_at=later)
    return replace(other, **changes)  # pyright: ignore[reportArgumentType] - the changed are all text


async def listed(records: Records, team_id: str | None = None) -> list[DeadLetter]:
    return list(await records.letters.list_letters(team_id=team_id, limit=9))


async def test_a_letter_comes_back_as_it_was_and_can_be_removed(
    records: Records, letter: DeadLetter
) -> None:
    await records.letters.bury(letter)
    assert await listed(records) == [letter]
    for _ in range(2):
        await records.letters.remove("letter_1")
        assert await listed(records) == []


async def test_a_job_given_up_again_has_one_letter_the_later(
    records: Records, letter: DeadLetter
) -> None:
    again = another(letter, 2, key=letter.key, reason="slack: is_archived")
    await records.letters.bury(letter)
    await records.letters.bury(again)
    assert await listed(records) == [again]


async def test_removing_an_older_letter_late_leaves_the_later(
    records: Records, letter: DeadLetter
) -> None:
    again = another(letter, 2, key=letter.key)
    await records.letters.bury(letter)
    await records.letters.bury(again)
    await records.letters.remove("letter_1")
    assert await listed(records) == [again]


async def test_letters_come_latest_first_and_no_more_than_asked_for(
    records: Records, letter: DeadLetter
) -> None:
    for number in (3, 1, 4, 2):
        await records.letters.bury(another(letter, number))
    latest = await records.letters.list_letters(team_id=None, limit=3)
    assert [found.letter_id for found in latest] == ["letter_4", "letter_3", "letter_2"]


async def test_letters_are_listed_by_workspace_or_all(records: Records, letter: DeadLetter) -> None:
    for number, team_id in enumerate(("T1", "T2", "")):
        await records.letters.bury(another(letter, number, team_id=team_id))
    assert [found.team_id for found in await listed(records)] == ["", "T2", "T1"]
    for team_id, count in (("T2", 1), ("", 1), ("T3", 0)):
        assert [found.team_id for found in await listed(records, team_id)] == [team_id] * count
