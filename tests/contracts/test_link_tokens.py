"""What lets an admin into the pages: good once, for one workspace and person, and sealed."""

import anyio
import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from monitors.accounts.link_tokens import (
    RedisLinkConsents,
    RedisLinkSessions,
    RedisLinkTokens,
    connect_url,
)
from monitors.model.linking import LinkRequest, PendingConsent
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError
from monitors.storage.redis_client import open_redis
from monitors.storage.sealing import Sealer
from tests.contracts.conftest import keys_of

pytestmark = pytest.mark.anyio

HERE = Workspace("T1", "E1")
ADA = LinkRequest(HERE, "U1")
NONSENSE = ("", "x", "a" * 43, "../" * 20, "é" * 43, "a" * 5000, "\x00")


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([Fernet.generate_key().decode()])


async def test_a_ticket_names_its_workspace_and_person_once(redis: Redis, sealer: Sealer) -> None:
    tickets = RedisLinkTokens(redis, sealer)
    first, second = await tickets.issue(HERE, "U1"), await tickets.issue(HERE, "U2")
    assert first != second
    assert await tickets.take(first) == ADA
    assert await tickets.take(first) is None
    assert await tickets.take(second) == LinkRequest(HERE, "U2")


async def test_of_many_who_take_a_ticket_at_once_one_gets_it(redis: Redis, sealer: Sealer) -> None:
    tickets = RedisLinkTokens(redis, sealer)
    ticket = await tickets.issue(HERE, "U1")
    taken: list[LinkRequest | None] = []

    async def take() -> None:
        taken.append(await tickets.take(ticket))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(take)
    assert [each for each in taken if each] == [ADA]


async def test_a_session_stays_and_its_forms_carry_a_word_of_its_own(
    redis: Redis, sealer: Sealer
) -> None:
    sessions = RedisLinkSessions(redis, sealer)
    mine, other = await sessions.open(ADA), await sessions.open(ADA)
    assert mine.link_request == ADA
    assert [await sessions.find(mine.session_id) for _ in range(2)] == [mine, mine]
    assert mine.csrf not in {mine.session_id, other.csrf}


async def test_a_consent_is_ended_once(redis: Redis, sealer: Sealer) -> None:
    consents = RedisLinkConsents(redis, sealer)
    consent = PendingConsent("session", "verifier")
    state = await consents.begin(consent)
    assert [await consents.end(state) for _ in range(2)] == [consent, None]


async def test_one_kind_of_token_is_no_other(redis: Redis, sealer: Sealer) -> None:
    ticket = await RedisLinkTokens(redis, sealer).issue(HERE, "U1")
    session = await RedisLinkSessions(redis, sealer).open(ADA)
    assert await RedisLinkSessions(redis, sealer).find(ticket) is None
    assert await RedisLinkTokens(redis, sealer).take(session.session_id) is None


@pytest.mark.parametrize("token", NONSENSE)
async def test_what_is_no_token_opens_nothing(redis: Redis, sealer: Sealer, token: str) -> None:
    assert await RedisLinkTokens(redis, sealer).take(token) is None
    assert await RedisLinkSessions(redis, sealer).find(token) is None
    assert await RedisLinkConsents(redis, sealer).end(token) is None


async def test_redis_sees_neither_a_token_nor_what_it_stands_for(
    redis: Redis, sealer: Sealer
) -> None:
    long = LinkRequest(Workspace("T0SEALED0001"), "U0SEALED0001")
    ticket = await RedisLinkTokens(redis, sealer).issue(long.workspace, long.user_id)
    session = await RedisLinkSessions(redis, sealer).open(long)
    consents = RedisLinkConsents(redis, sealer)
    state = await consents.begin(PendingConsent(session.session_id, "the verifier"))
    held = "".join([f"{key}{await redis.get(key)}" for key in await keys_of(redis)])
    secrets = (ticket, session.session_id, session.csrf, state, "the verifier")
    for secret in (*secrets, long.workspace.team_id, long.user_id):
        assert secret not in held


async def test_a_key_taken_away_makes_a_ticket_too_old(redis: Redis, sealer: Sealer) -> None:
    ticket = await RedisLinkTokens(redis, sealer).issue(HERE, "U1")
    other = Sealer([Fernet.generate_key().decode()])
    assert await RedisLinkTokens(redis, other).take(ticket) is None


async def test_nothing_is_issued_for_nobody(redis: Redis, sealer: Sealer) -> None:
    nobody = Workspace("")
    with pytest.raises(ValueError, match="team_id is empty"):
        await RedisLinkTokens(redis, sealer).issue(nobody, "U1")
    with pytest.raises(ValueError, match="team_id is empty"):
        await RedisLinkSessions(redis, sealer).open(LinkRequest(nobody, "U1"))


async def test_without_redis_it_says_so(sealer: Sealer) -> None:
    async with open_redis("redis://127.0.0.1:9") as away:
        with pytest.raises(QueueDownError):
            await RedisLinkTokens(away, sealer).issue(HERE, "U1")
        with pytest.raises(QueueDownError):
            await RedisLinkSessions(away, sealer).find("a" * 43)


def test_the_address_for_an_admin_is_below_the_public_one() -> None:
    address = connect_url("https://threadwatch.example.com", "a b&c")
    assert address == "https://threadwatch.example.com/parallel/connect?ticket=a+b%26c"
