import asyncio
import threading
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.ports import StoreDownError, StoreInDoubtError
from monitors.storage.database import Database, answering_within, open_database
from monitors.work.intent_store import SqlIntents

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def intents(database: Database) -> SqlIntents:
    store = SqlIntents(database, now=lambda: NOON)
    for intent_id in ("Tr1", "Tr2"):
        await store.add(
            Intent(intent_id, Workspace("T1"), IntentKind.START, '{"query": "private"}', NOON)
        )
    return store


async def test_a_kind_only_a_later_version_knows_is_left_to_it(
    intents: SqlIntents, database: Database
) -> None:
    statement = text("UPDATE intents SET kind = 'teleport' WHERE intent_id = 'Tr1'")
    await database.write(lambda connection: connection.execute(statement))
    assert await intents.get("Tr1") is None
    stale = await intents.stale(older_than=NOON + DAY, limit=9)
    assert [intent.intent_id for intent in stale] == ["Tr2"]


async def test_a_finished_intent_says_nothing_of_what_was_asked(
    intents: SqlIntents, database: Database
) -> None:
    await intents.save_progress("Tr1", '{"step": "private"}')
    await intents.finish("Tr1")
    query = text("SELECT * FROM intents WHERE intent_id = 'Tr1'")
    assert "private" not in str(await database.rows(query))


async def test_an_intent_that_was_given_up_is_not_stale(
    intents: SqlIntents,
) -> None:
    """It waits for an operator. Swept, it would run again for 48 hours, and again after those."""
    letter = DeadLetter(
        letter_id="Tr1",
        team_id="T1",
        enterprise_id="",
        kind="intent",
        argument="Tr1",
        reason="48 hours of trying",
        attempts=200,
        trace_id="trace_1",
        since=NOON,
        failed_at=NOON,
    )
    await intents.fail(letter)
    stale = await intents.stale(older_than=NOON + DAY, limit=9)
    assert [intent.intent_id for intent in stale] == ["Tr2"]


async def test_finished_intents_are_forgotten_in_time_and_open_ones_never(
    intents: SqlIntents,
) -> None:
    await intents.finish("Tr1")
    long_ago = NOON - 365 * DAY
    assert await intents.forget_finished(older_than=NOON - DAY, records_older_than=long_ago) == 0
    assert await intents.forget_finished(older_than=NOON + DAY, records_older_than=long_ago) == 1
    assert await intents.get("Tr2") is not None


async def test_one_that_cannot_be_kept_keeps_none_beside_it_from_being_kept(
    intents: SqlIntents,
) -> None:
    good = Intent("Tr3", Workspace("T1"), IntentKind.START, "{}", NOON)
    bad = replace(good, intent_id="Tr4", workspace=Workspace("T2"), argument=cast("str", None))
    other = replace(good, intent_id="Tr5", workspace=Workspace("T3"))
    answers = await asyncio.gather(*map(intents.add, (good, bad, other)), return_exceptions=True)
    assert answers[0] is True
    assert isinstance(answers[1], DBAPIError)
    assert answers[2] is True
    assert await intents.get("Tr5") == other


async def test_those_that_arrive_together_are_each_told_whether_they_are_new(
    intents: SqlIntents,
) -> None:
    names = ["Tr1", "Tr6", "Tr7", "Tr6"]
    made = [Intent(name, Workspace("T1"), IntentKind.START, "{}", NOON) for name in names]
    answers = await asyncio.gather(*map(intents.add, made))
    of_tr1, first, of_tr7, second = answers
    assert (of_tr1, of_tr7) == (False, True)
    assert sorted([first, second]) == [False, True]


async def test_an_intent_just_added_is_there_for_every_other_process(
    intents: SqlIntents, database_url: str | None, tmp_path: Path
) -> None:
    """It is committed, not only sent."""
    added = Intent("Tr8", Workspace("T1"), IntentKind.START, "{}", NOON)
    await intents.add(added)
    other = open_database(database_url, tmp_path / "data")
    assert await SqlIntents(other).get("Tr8") == added
    await other.aclose()


async def test_a_write_that_takes_too_long_at_a_door_is_not_done_afterwards(
    database: Database,
) -> None:
    store = SqlIntents(database, now=lambda: NOON)
    late = Intent("TrLate", Workspace("T1"), IntentKind.START, "{}", NOON)
    begun, gate = threading.Event(), threading.Event()

    def blocks(connection: Connection) -> None:
        if database.dialect == "postgresql":
            connection.execute(text("LOCK TABLE intents"))
        begun.set()
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_sleep(1)"))
        else:
            gate.wait(20)

    blocking = asyncio.create_task(database.write(blocks))
    await asyncio.to_thread(begun.wait, 20)
    with pytest.raises(StoreDownError) as refused, answering_within(0.3):
        await store.add(late)
    assert not isinstance(refused.value, StoreInDoubtError)
    gate.set()
    await blocking
    # Whatever waited behind it has had its turn by now.
    await store.add(replace(late, intent_id="TrAfter"))
    assert await store.get("TrLate") is None


async def test_a_commit_that_does_not_end_in_time_is_in_doubt(database: Database) -> None:
    store = SqlIntents(database, now=lambda: NOON)
    late = Intent("TrLate", Workspace("T1"), IntentKind.START, "{}", NOON)
    ending = threading.Event()

    def stands_still(connection: Connection) -> None:
        if database.dialect == "postgresql":
            # It is lost in the middle of the commit.
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        ending.wait(20)

    event.listen(Engine, "commit", stands_still)
    try:
        with pytest.raises(StoreInDoubtError), answering_within(0.3):
            await store.add(late)
        ending.set()
        if database.dialect == "sqlite":
            await store.add(replace(late, intent_id="TrAfter"))
    finally:
        event.remove(Engine, "commit", stands_still)
    assert (await store.get("TrLate") is not None) is (database.dialect == "sqlite")


async def test_an_error_of_sql_carries_no_values(database: Database) -> None:
    secret = f"a-secret-{NOON.year}"

    def work(connection: Connection) -> None:
        connection.execute(text("SELECT * FROM nowhere WHERE secret = :s"), {"s": secret})

    with pytest.raises((DBAPIError, StoreDownError)) as caught:
        await database.write(work)
    assert secret not in "".join(traceback.format_exception(caught.value))
