"""Only monitors that the app made speak as the bot, whatever a Parallel key lets others write."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from bot.cli.rekey import rekey
from monitors.settings import Settings
from monitors.storage.database import open_database
from sandbox.demo import DEMO_ACCOUNT, connect_app
from sandbox.server import Sandbox
from tests.first import first
from tests.flows.app import RunningApp
from tests.flows.findings import finding
from tests.flows.home import Home
from tests.flows.test_two_accounts import counted
from tests.flows.world import BEN, Json, Thread, World
from tests.servers import free_port

NOT_OURS: Final = 'threadwatch_hints_dropped_total{reason="not_ours"}'
SLIPPED_IN: Final = "slipped in by somebody"
SPOKEN: Final = "said by a monitor that is not believed"
SPEAKS: Final = {"chat.postMessage", "chat.update", "conversations.join", "conversations.open"}
Metadata = dict[str, str]


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    key = settings.encryption_keys or SecretStr(Fernet.generate_key().decode())
    return settings.model_copy(update={"reconcile_seconds": 1, "encryption_keys": key})


def monitor(world: World, monitor_id: str) -> Json:
    return world.monitor(monitor_id)


def metadata_of(world: World, monitor_id: str) -> Metadata:
    return cast("Metadata", monitor(world, monitor_id)["metadata"])


def at_parallel(world: World, path: str, order: Json) -> Json:
    """What a person with the account's key can do."""
    key = {"x-api-key": DEMO_ACCOUNT.api_key}
    answer = world.client.post(f"/parallel/v1/monitors{path}", json=order, headers=key)
    assert answer.is_success, answer.text
    return cast("Json", answer.json())


def forge(world: World, metadata: Metadata, *, like: str) -> str:
    """A monitor made by hand; its webhooks come to the app."""
    order: Json = {
        "type": "event_stream",
        "frequency": "1d",
        "settings": {"query": SLIPPED_IN},
        "webhook": monitor(world, like)["webhook"],
        "metadata": metadata,
    }
    return str(at_parallel(world, "", order)["monitor_id"])


def edit(world: World, monitor_id: str, metadata: Metadata) -> None:
    at_parallel(world, f"/{monitor_id}/update", {"metadata": metadata})


def assert_not_believed(world: World, monitor_id: str, claimed: Thread) -> None:
    """By webhook, reconciler, reply, list and Home tab; another monitor may answer there."""
    words = f"{SPOKEN} {world.channel} {world.mark('slack')}"
    dropped, mark = counted(world, NOT_OURS), world.mark("slack")
    world.run(monitor_id, events=[finding(words)])
    world.until(lambda: counted(world, NOT_OURS) > dropped)
    if claimed.channel == world.channel:
        world.say("status", thread=claimed)
        before = len(world.whispers())
        world.command("/monitor", "list")
        world.until(lambda: len(world.whispers()) > before)
        assert SLIPPED_IN not in world.whispers()[-1]
        assert words not in world.whispers()[-1]
        assert SLIPPED_IN not in Home(world, world.user).open()
    world.passes()
    asked = [each for each in world.requests("slack", since=mark) if each["api_method"] in SPEAKS]
    assert [each for each in asked if not _may_be_ours(world, each)] == []
    assert words not in str([each["body"] for each in asked])


def _may_be_ours(world: World, asked: Json) -> bool:
    """An answer here, or a card of an earlier test."""
    if asked["api_method"] == "chat.update":
        return not any(each in str(asked["body"]) for each in (SLIPPED_IN, SPOKEN))
    channel = cast("Json", asked["body"]).get("channel")
    return (asked["api_method"], channel) == ("chat.postMessage", world.channel)


# By hand: the metadata that somebody writes, from that of a monitor of ours


def _unsigned(ours: Metadata, room: World) -> Metadata:
    unsigned = {name: value for name, value in ours.items() if name != "signature"}
    return unsigned | {"slack_channel_id": room.channel}


def _persons(ours: Metadata, _room: World) -> Metadata:
    return ours | {"slack_channel_id": BEN}


def _other_channels(ours: Metadata, room: World) -> Metadata:
    return ours | {"slack_channel_id": room.channel}


def _other_owners(ours: Metadata, _room: World) -> Metadata:
    return ours | {"user_id": BEN}


def _exact_copy(ours: Metadata, _room: World) -> Metadata:
    return ours


def _without_signature(ours: Metadata, _room: World) -> Metadata:
    return {name: value for name, value in ours.items() if name != "signature"}


def _own_signature(ours: Metadata, _room: World) -> Metadata:
    return ours | {"signature": "0" * 32}


Change = Callable[[Metadata, World], Metadata]
BY_HAND: Final[dict[str, Change]] = {
    "unsigned, in another channel": _unsigned,
    "a person's id": _persons,
    "copied signature, another channel": _other_channels,
    "copied signature, another owner": _other_owners,
    "exact copy": _exact_copy,
    "copy without the signature": _without_signature,
    "a signature of one's own": _own_signature,
}


@pytest.mark.parametrize("kind", first(1, ["public", "private"]))
@pytest.mark.parametrize("change", first(3, BY_HAND.values()), ids=BY_HAND)
def test_a_monitor_made_by_hand_says_nothing(world: World, change: Change, kind: str) -> None:
    _, ours = world.watch("new papers on fusion")
    metadata = change(metadata_of(world, ours), world.room(kind))
    forged = forge(world, metadata, like=ours)
    claimed = Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])
    assert_not_believed(world, forged, claimed)


def test_a_copy_of_a_cancelled_monitor_does_not_speak_in_its_thread(world: World) -> None:
    thread, ours = world.watch("new papers on fusion")
    metadata = metadata_of(world, ours)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Cancelled"))
    world.until(lambda: world.replies(thread))
    assert_not_believed(world, forge(world, metadata, like=ours), thread)


def test_a_monitor_made_by_hand_for_another_workspace_of_the_account_says_nothing(
    world: World,
) -> None:
    other = world.workspace(f"w{world.channel.lower()}")
    assert other.install()["status"] == 200
    thread, theirs = other.watch("new papers on fusion")
    _, ours = world.watch("new papers on fusion")
    for metadata in (
        metadata_of(world, theirs),
        metadata_of(world, ours) | {"slack_team_id": other.team_id},
        metadata_of(world, ours)
        | {"slack_team_id": other.team_id, "slack_channel_id": other.channel},
    ):
        assert_not_believed(other, forge(world, metadata, like=ours), thread)


# One of ours, edited


EDITS: Final[dict[str, Change]] = {
    "another channel": _other_channels,
    "another owner": _other_owners,
    "signature removed": _without_signature,
    "signature removed, another channel": _unsigned,
    "a signature of one's own": _own_signature,
}


@pytest.mark.parametrize("change", first(2, EDITS.values()), ids=EDITS)
def test_a_monitor_of_ours_that_was_edited_says_nothing(world: World, change: Change) -> None:
    thread, ours = world.watch("new papers on fusion")
    metadata = metadata_of(world, ours)
    edit(world, ours, change(metadata, world.room("private")))
    assert_not_believed(world, ours, thread)
    assert world.replies(thread) == []
    # Put right, it goes on, and nothing is lost.
    edit(world, ours, metadata)
    world.until(lambda: any(SPOKEN in each for each in world.replies(thread)))


def test_a_monitor_from_before_signatures_counts_by_its_row_and_is_signed_at_its_next_update(
    world: World, settings: Settings
) -> None:
    thread, ours = world.watch("new papers on fusion")
    signed = metadata_of(world, ours)
    in_sql(settings, f"UPDATE monitors SET is_signed = false WHERE monitor_id = '{ours}'")  # noqa: S608 - our own id
    unsigned = _without_signature(signed, world)
    edit(world, ours, unsigned)
    world.run(ours, events=[finding("from the old days")])
    world.until(lambda: "from the old days" in " ".join(world.replies(thread)))

    edit(world, ours, _unsigned(unsigned, world.room()))
    assert_not_believed(world, ours, thread)
    edit(world, ours, unsigned)
    world.say("hourly", thread=thread)
    world.until(lambda: metadata_of(world, ours) == signed)
    world.run(ours, events=[finding("from the new days")])
    world.until(lambda: "from the new days" in " ".join(world.replies(thread)))
    world.passes()
    edit(world, ours, unsigned)
    dropped, said = counted(world, NOT_OURS), len(world.replies(thread))
    world.run(ours, events=[finding("unsigned again")])
    world.until(lambda: counted(world, NOT_OURS) > dropped)
    world.passes()
    assert len(world.replies(thread)) == said


def in_sql(settings: Settings, statement: str) -> None:
    async def run() -> None:
        async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
            await database.write(lambda connection: connection.execute(text(statement)))

    asyncio.run(run())


def test_signatures_outlive_the_stores_and_rotate_with_the_keys(
    sandbox: Sandbox, settings: Settings, outside: World, tmp_path: Path
) -> None:
    """Each app begins with nothing, beside what Parallel has and the keys."""
    old, new, wrong = (Fernet.generate_key().decode() for _ in range(3))

    def app_with(keys: str, name: str) -> RunningApp:
        port = free_port()
        fresh: Json = {
            "port": port,
            "public_url": f"http://127.0.0.1:{port}",
            "redis_url": None,
            "database_url": None,
            "data_dir": tmp_path / name,
            "encryption_keys": SecretStr(keys),
        }
        return RunningApp(settings.model_copy(update=fresh))

    world = outside.room()

    def begin(app: RunningApp) -> None:
        asyncio.run(connect_app(sandbox.url, app.url))
        assert world.install()["status"] == 200

    with app_with(old, "first") as app:
        begin(app)
        thread, ours = world.watch("new papers on fusion")
    with app_with(f"{new},{old}", "second") as app:
        begin(app)
        is_answered(world, thread)
        lines: list[str] = []
        before = metadata_of(world, ours)
        assert asyncio.run(rekey(app.settings, say=lines.append))
        assert lines[-1] == "You can remove the other keys."
        assert metadata_of(world, ours) != before
        assert asyncio.run(rekey(app.settings, say=lines.append))
        assert lines[-2] == "0 monitors are now signed with it."
    with app_with(new, "third") as app:
        begin(app)
        world.run(ours, events=[finding("found after two losses")])
        is_answered(world, thread)
    with app_with(wrong, "fourth") as app:
        begin(app)
        said = world.replies(thread)
        world.say("status", thread=thread)
        world.run(ours, events=[finding(SLIPPED_IN)])
        here = replace(world, app_url=app.url)
        here.passes()
        assert world.replies(thread) == said


def is_answered(world: World, thread: Thread) -> None:
    """A finding may come after the answer, or before it."""
    said = len(world.replies(thread))
    world.say("status", thread=thread)
    world.until(lambda: any("Watching" in each for each in world.replies(thread)[said:]))
