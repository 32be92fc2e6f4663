"""What lets an admin into the pages: good once, for one workspace and person, and sealed."""

import anyio
import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from monitors.accounts.link_tokens import (
    LinkTokens,
    connect_url,
    form_csrf,
    session_id_of,
)
from monitors.model.linking import LinkRequest, LinkSession, PendingConsent, Receipt, Visitor
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError
from monitors.storage.redis_client import open_redis
from monitors.storage.sealing import Sealer
from tests.contracts.conftest import keys_of

pytestmark = pytest.mark.anyio

HERE = Workspace("T1", "E1")
ADA = LinkRequest(HERE, "U1")
VISITOR = Visitor(ADA, "Ada", "Acme", "acme.slack.com")
NONSENSE = ("", "x", "a" * 43, "../" * 20, "é" * 43, "a" * 5000, "\x00")


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([Fernet.generate_key().decode()])


async def test_a_ticket_names_its_workspace_and_person_once(redis: Redis, sealer: Sealer) -> None:
    tickets = LinkTokens(redis, sealer, LinkRequest)
    first, second = await tickets.issue(ADA), await tickets.issue(LinkRequest(HERE, "U2"))
    assert first != second
    assert await tickets.take(first) == ADA
    assert await tickets.take(first) is None
    assert await tickets.take(second) == LinkRequest(HERE, "U2")


async def test_of_many_who_take_a_ticket_at_once_one_gets_it(redis: Redis, sealer: Sealer) -> None:
    tickets = LinkTokens(redis, sealer, LinkRequest)
    ticket = await tickets.issue(ADA)
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
    sessions = LinkTokens(redis, sealer, Visitor)
    mine, other = await opened(sessions, "ticket 1"), await opened(sessions, "ticket 2")
    assert (mine.visitor, mine.link_request) == (VISITOR, ADA)
    assert await sessions.read(mine.session_id) == VISITOR
    assert mine.csrf not in {mine.session_id, other.csrf}
    await sessions.take(mine.session_id)
    assert await sessions.read(mine.session_id) is None
    assert await sessions.read(other.session_id) == VISITOR


async def opened(sessions: LinkTokens[Visitor], ticket: str) -> LinkSession:
    session_id = session_id_of(ticket, "form")
    await sessions.keep(session_id, VISITOR)
    visitor = await sessions.read(session_id)
    assert visitor is not None
    return LinkSession(visitor, session_id)


def test_a_session_is_of_one_form_alone_and_its_token_tells_nothing() -> None:
    made = {session_id_of(ticket, form) for ticket in ("a", "b") for form in ("c", "d")}
    tokens = {form_csrf(ticket, form) for ticket in ("a", "b") for form in ("c", "d")}
    assert (len(made), len(tokens), made & tokens) == (4, 4, set())
    assert session_id_of("a", "c") in made


async def test_a_receipt_can_be_read_again_and_a_ticket_read_before_it_is_taken(
    redis: Redis, sealer: Sealer
) -> None:
    receipts, tickets = LinkTokens(redis, sealer, Receipt), LinkTokens(redis, sealer, LinkRequest)
    receipt = Receipt(Workspace("", "E1"), "Acme", "https://slack.com/", "ticket")
    token = await receipts.issue(receipt)
    assert [await receipts.read(token) for _ in range(2)] == [receipt, receipt]
    ticket = await tickets.issue(ADA)
    assert [await tickets.read(ticket) for _ in range(2)] == [ADA, ADA]
    assert [await tickets.take(ticket), await tickets.read(ticket)] == [ADA, None]


async def test_a_consent_is_ended_once(redis: Redis, sealer: Sealer) -> None:
    consents = LinkTokens(redis, sealer, PendingConsent)
    consent = PendingConsent("session", "verifier")
    state = await consents.issue(consent)
    assert [await consents.read(state) for _ in range(2)] == [consent, consent]
    assert [await consents.take(state) for _ in range(2)] == [consent, None]


async def test_one_kind_of_token_is_no_other(redis: Redis, sealer: Sealer) -> None:
    ticket = await LinkTokens(redis, sealer, LinkRequest).issue(ADA)
    session = await opened(LinkTokens(redis, sealer, Visitor), "ticket")
    assert await LinkTokens(redis, sealer, Visitor).read(ticket) is None
    assert await LinkTokens(redis, sealer, LinkRequest).take(session.session_id) is None


@pytest.mark.parametrize("token", NONSENSE)
async def test_what_is_no_token_opens_nothing(redis: Redis, sealer: Sealer, token: str) -> None:
    assert await LinkTokens(redis, sealer, LinkRequest).take(token) is None
    assert await LinkTokens(redis, sealer, Visitor).read(token) is None
    assert await LinkTokens(redis, sealer, PendingConsent).take(token) is None


async def test_redis_sees_neither_a_token_nor_what_it_stands_for(
    redis: Redis, sealer: Sealer
) -> None:
    long = LinkRequest(Workspace("T0SEALED0001"), "U0SEALED0001")
    ticket = await LinkTokens(redis, sealer, LinkRequest).issue(long)
    session_id = session_id_of(ticket, "form")
    sessions = LinkTokens(redis, sealer, Visitor)
    visitor = Visitor(long, "Ada", "Acme", "acme.slack.com")
    await sessions.keep(session_id, visitor)
    session = LinkSession(visitor, session_id)
    consents = LinkTokens(redis, sealer, PendingConsent)
    state = await consents.issue(PendingConsent(session.session_id, "the verifier"))
    held = "".join([f"{key}{await redis.get(key)}" for key in await keys_of(redis)])
    secrets = (ticket, session.session_id, session.csrf, state, "the verifier")
    for secret in (*secrets, long.workspace.team_id, long.user_id, "acme.slack.com"):
        assert secret not in held


async def test_a_key_taken_away_makes_a_ticket_too_old(redis: Redis, sealer: Sealer) -> None:
    ticket = await LinkTokens(redis, sealer, LinkRequest).issue(ADA)
    other = Sealer([Fernet.generate_key().decode()])
    assert await LinkTokens(redis, other, LinkRequest).take(ticket) is None


def test_nothing_is_issued_for_nobody() -> None:
    with pytest.raises(ValueError, match="team_id is empty"):
        LinkRequest(Workspace(""), "U1")


async def test_without_redis_it_says_so(sealer: Sealer) -> None:
    async with open_redis("redis://127.0.0.1:9") as away:
        with pytest.raises(QueueDownError):
            await LinkTokens(away, sealer, LinkRequest).issue(ADA)
        with pytest.raises(QueueDownError):
            await LinkTokens(away, sealer, Visitor).read("a" * 43)


def test_the_address_for_an_admin_is_below_the_public_one() -> None:
    address = connect_url("https://threadwatch.example.com", "a b&c")
    assert address == "https://threadwatch.example.com/parallel/connect?ticket=a+b%26c"
