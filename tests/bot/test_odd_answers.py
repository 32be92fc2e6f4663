"""Slack's answers as no reference describes them: an odd field costs only that field."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from cryptography.fernet import Fernet
from pydantic import JsonValue
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api import SlackApi
from bot.slack.installations import Installations
from bot.slack.one_token import OneToken
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from bot.slack.rotation import WorkingTokens
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.clock import SystemClock
from monitors.model.message import Message
from monitors.model.slack_errors import PostUncertainError
from monitors.model.workspace import Workspace
from monitors.storage.database import open_database
from monitors.storage.sealing import Sealer
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations
from tests.monitors.parallel.oddity import Oddity, odd_server

pytestmark = pytest.mark.anyio

ACME: Final = Workspace("T1")
SINCE: Final = datetime(2026, 1, 2, tzinfo=UTC)
AUTH: Final[tuple[JsonValue, ...]] = (
    {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"},
    {"ok": True, "bot": {"app_id": "A1"}},
)


@pytest.fixture(scope="module")
def oddity() -> Iterator[Oddity]:
    with odd_server() as server:
        yield server


@pytest.fixture
async def poster(oddity: Oddity, tmp_path: Path) -> AsyncIterator[SlackPoster]:
    # The operator's one token is in no database.
    sealer = Sealer([Fernet.generate_key().decode()])
    async with (
        aclosing(open_database(None, tmp_path / "data")) as database,
        aiohttp.ClientSession() as session,
    ):
        api = SlackApi(AsyncWebClient(base_url=f"{oddity.url}/", session=session))
        clock, organisations = SystemClock(), SqlOrganisations(database)
        installations = Installations(OneToken(api, "xoxb-1", clock), organisations)
        rows = SqlInstallations(database, sealer)
        tokens = WorkingTokens(installations, rows, api, clock, None, None)
        yield SlackPoster(WorkspaceCalls(api, tokens), session, oddity.url, installations)


@pytest.mark.parametrize(
    "odd",
    [
        {"tz": 5},
        {"name": None},
        {"real_name": ["Ada"]},
        {"is_restricted": None},
        {"deleted": {}},
        {"enterprise_user": None},
        {"enterprise_user": {"id": "W1", "teams": "T1"}},
    ],
)
async def test_a_person_is_known_in_spite_of_an_odd_field(
    oddity: Oddity, poster: SlackPoster, odd: dict[str, JsonValue]
) -> None:
    user: JsonValue = {"id": "U1ADA", "team_id": "T1", "name": "ada", "is_admin": True, **odd}
    oddity.tells_json(*AUTH, {"ok": True, "user": user})
    person = await SlackPeople(poster.calls, poster.installations).person(ACME, "U1ADA")
    assert person.is_admin
    assert not person.is_guest


async def test_a_channel_counts_as_private_if_slack_does_not_say(
    oddity: Oddity, poster: SlackPoster
) -> None:
    oddity.tells_json(*AUTH, {"ok": True, "channel": {"id": "C1", "is_private": "perhaps"}})
    people = SlackPeople(poster.calls, poster.installations)
    assert await people.closed(ACME, ["C1"]) == {"C1"}


@pytest.mark.parametrize("ts", ["", "now", 1.5, None, "1.5\n"])
async def test_a_message_without_a_date_may_have_been_posted(
    oddity: Oddity, poster: SlackPoster, ts: JsonValue
) -> None:
    oddity.tells_json(*AUTH, {"ok": True, "ts": ts})
    with pytest.raises(PostUncertainError):
        await poster.post(ACME, "C1", Message(text="news"), message_key="k")


@pytest.mark.parametrize(
    "odd", [None, "text", {"files": [None, 5]}, {"ts": "now"}, {"ts": None}, {"metadata": 5}]
)
async def test_a_message_is_found_beside_odd_ones(
    oddity: Oddity, poster: SlackPoster, odd: JsonValue
) -> None:
    key: JsonValue = {"event_type": "threadwatch_mark", "event_payload": {"mark": "k"}}
    own: JsonValue = {"ts": "1767312000.000100", "app_id": "A1", "metadata": key}
    before: JsonValue = {"ts": "1767312000.000200", **odd} if isinstance(odd, dict) else odd
    oddity.tells_json(*AUTH, {"ok": True, "messages": [before, own]})
    assert await poster.find(ACME, "C1", message_key="k", since=SINCE) == "1767312000.000100"
