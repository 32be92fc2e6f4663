from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import anyio
import pytest
import structlog
from cryptography.fernet import Fernet
from sqlalchemy import select, text, update

from monitors.accounts.store import SqlAccounts
from monitors.model.account import AccountHealth, AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import AccountTable

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE, NOBODY = Workspace("T1", "E1"), Workspace("T2"), Workspace("")


THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Moment:
    def __init__(self) -> None:
        self.now = THEN

    def __call__(self) -> datetime:
        return self.now


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def accounts(database: Database, sealer: Sealer, seconds: Seconds, moment: Moment) -> SqlAccounts:
    return SqlAccounts(database, sealer, monotonic_seconds=seconds, now=moment)


@pytest.fixture
def with_operator(database: Database, sealer: Sealer) -> Callable[[], SqlAccounts]:
    return lambda: SqlAccounts(
        database, sealer, operator_key="operator-key", operator_secrets=["whsec_1", "whsec_2"]
    )


async def stored(database: Database) -> str:
    return str(await database.rows(text("SELECT * FROM parallel_accounts")))


async def test_a_linked_account_is_found_both_ways(accounts: SqlAccounts) -> None:
    linked = await accounts.connect(HERE, "key-1", ["whsec_1", "whsec_2"])
    assert linked == ParallelAccount(
        linked.endpoint_id, "key-1", ("whsec_1", "whsec_2"), team_id="T1"
    )
    assert len(linked.endpoint_id) >= 32
    assert await accounts.for_workspace(HERE) == linked
    assert await accounts.by_endpoint(linked.endpoint_id) == linked


async def test_keys_and_secrets_are_sealed_at_rest(
    accounts: SqlAccounts, database: Database
) -> None:
    await accounts.connect(HERE, "key-1", ["whsec_1"])
    rows = await stored(database)
    assert "key-1" not in rows
    assert "whsec_1" not in rows


async def test_linking_again_changes_the_key_and_keeps_the_endpoint(
    accounts: SqlAccounts, database: Database, sealer: Sealer
) -> None:
    first = await accounts.connect(HERE, "key-1", ["whsec_1"])
    second = await accounts.connect(HERE, "key-2")
    assert second == ParallelAccount(first.endpoint_id, "key-2", (), team_id="T1")
    assert await SqlAccounts(database, sealer).by_endpoint(first.endpoint_id) == second


async def test_linking_twice_at_once_makes_one_account(accounts: SqlAccounts) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(accounts.connect, HERE, f"key-{number}")
    (account,) = await accounts.accounts()
    assert await accounts.for_workspace(HERE) == account


async def test_workspaces_never_share_an_account(accounts: SqlAccounts) -> None:
    here = await accounts.connect(HERE, "key-1")
    assert await accounts.for_workspace(ELSEWHERE) is None
    there = await accounts.connect(ELSEWHERE, "key-2")
    await accounts.disconnect(HERE, here.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) is None
    assert await accounts.by_endpoint(here.endpoint_id) is None
    assert await accounts.for_workspace(ELSEWHERE) == there


async def test_accounts_keep_nothing_for_nobody(
    with_operator: Callable[[], SqlAccounts],
) -> None:
    accounts = with_operator()
    await accounts.ensure_operator()
    for call in (
        lambda: accounts.for_workspace(NOBODY),
        lambda: accounts.connect(NOBODY, "key-1"),
        lambda: accounts.disconnect(NOBODY, "endpoint", None),
        lambda: accounts.health(NOBODY),
        lambda: accounts.add_secret(NOBODY, "whsec_1"),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()


async def test_the_operators_account_serves_whoever_linked_none(
    with_operator: Callable[[], SqlAccounts],
) -> None:
    accounts = with_operator()
    await accounts.ensure_operator()
    operator = await accounts.for_workspace(HERE)
    assert operator is not None
    assert (operator.api_key, operator.team_id) == ("operator-key", None)
    assert operator.webhook_secrets == ("whsec_1", "whsec_2")
    own = await accounts.connect(HERE, "key-1")
    assert await accounts.for_workspace(HERE) == own
    assert await accounts.for_workspace(ELSEWHERE) == operator
    assert list(await accounts.accounts()) == [operator, own]


async def test_the_operators_endpoint_survives_restarts_and_races(
    with_operator: Callable[[], SqlAccounts], database: Database
) -> None:
    found: set[str] = set()

    async def start() -> None:
        operator = await with_operator().ensure_operator()
        assert operator is not None
        found.add(operator.endpoint_id)

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(start)
    await start()
    assert len(found) == 1
    assert await with_operator().by_endpoint(found.pop()) is not None
    assert "operator-key" not in await stored(database)


async def test_the_operators_endpoint_is_dead_while_no_key_is_set(
    with_operator: Callable[[], SqlAccounts], accounts: SqlAccounts
) -> None:
    operator = await with_operator().ensure_operator()
    assert operator is not None
    assert await accounts.by_endpoint(operator.endpoint_id) is None
    assert await accounts.ensure_operator() is None
    assert await accounts.for_workspace(HERE) is None


async def test_a_webhook_costs_no_sql_for_ten_seconds(
    accounts: SqlAccounts, database: Database, sealer: Sealer, seconds: Seconds
) -> None:
    linked = await accounts.connect(HERE, "key-1")
    another_process = SqlAccounts(database, sealer, now=lambda: THEN)
    await another_process.connect(HERE, "key-2")
    seconds.now += 9.9
    assert await accounts.by_endpoint(linked.endpoint_id) == linked
    seconds.now += 0.2
    changed = await accounts.by_endpoint(linked.endpoint_id)
    assert changed is not None
    assert changed.api_key == "key-2"
    await another_process.disconnect(HERE, linked.endpoint_id, THEN)
    seconds.now += 10.1
    assert await accounts.by_endpoint(linked.endpoint_id) is None


async def test_a_person_who_linked_elsewhere_need_not_wait(
    accounts: SqlAccounts, database: Database, sealer: Sealer
) -> None:
    assert await accounts.for_workspace(HERE) is None
    linked = await SqlAccounts(database, sealer).connect(HERE, "key-1")
    assert await accounts.for_workspace(HERE) == linked


async def test_a_wrong_encryption_key_is_a_clear_error(
    accounts: SqlAccounts, database: Database
) -> None:
    await accounts.connect(HERE, "key-1")
    other = SqlAccounts(database, Sealer([Fernet.generate_key().decode()]))
    with pytest.raises(SealError, match="for parallel:T1 can't be decrypted with ENCRYPTION_KEYS"):
        await other.for_workspace(HERE)


async def test_an_account_that_does_not_open_keeps_no_other_from_being_served(
    with_operator: Callable[[], SqlAccounts], database: Database, sealer: Sealer
) -> None:
    lost = SqlAccounts(database, Sealer([Fernet.generate_key().decode()]))
    await lost.connect(HERE, "key-1")
    own = await SqlAccounts(database, sealer).connect(ELSEWHERE, "key-2")
    directory: AccountStore = (accounts := with_operator())
    await accounts.ensure_operator()
    with structlog.testing.capture_logs() as logs:
        found = await directory.accounts()
    assert [account.team_id for account in found] == ["T2", None]
    assert found[0] == own
    (line,) = logs
    assert (line["event"], line["team_id"]) == ("account skipped: it can't be decrypted", "T1")


async def test_a_key_moved_to_another_workspaces_row_does_not_open(
    accounts: SqlAccounts, database: Database
) -> None:
    await accounts.connect(HERE, "key-1")
    moved = update(AccountTable).values(team_id="T2")
    await database.write(lambda connection: connection.execute(moved))
    with pytest.raises(SealError, match="parallel:T2 was encrypted for another row"):
        await accounts.for_workspace(ELSEWHERE)


async def test_endpoints_come_from_the_given_source(database: Database, sealer: Sealer) -> None:
    ids = count(1)
    accounts = SqlAccounts(database, sealer, new_endpoint_id=lambda: f"endpoint-{next(ids)}")
    assert (await accounts.connect(HERE, "key-1")).endpoint_id == "endpoint-1"


async def test_health_says_who_linked_it_and_when(accounts: SqlAccounts, moment: Moment) -> None:
    assert await accounts.health(HERE) is None
    await accounts.connect(HERE, "key-1234", linked_by="U1")
    assert await accounts.health(HERE) == AccountHealth(
        last_four="1234",
        is_operators=False,
        has_secret=False,
        linked_by="U1",
        linked_at=THEN,
        last_good_call_at=THEN,
    )
    moment.now += timedelta(hours=1)
    await accounts.connect(HERE, "key-5678", ["whsec_1"], linked_by="U2")
    health = await accounts.health(HERE)
    assert health is not None
    assert (health.last_four, health.linked_by, health.linked_at) == ("5678", "U2", moment.now)
    assert health.has_secret
    assert await accounts.health(ELSEWHERE) is None


async def test_a_streak_of_refused_webhooks_is_news_once_until_one_is_verified(
    accounts: SqlAccounts, moment: Moment
) -> None:
    endpoint_id = (await accounts.connect(HERE, "key-1234", ["whsec_1"])).endpoint_id
    told = await accounts.last_seen.begin_refused(endpoint_id)
    assert told is not None
    assert (told.workspace.team_id, told.since) == (HERE.team_id, moment.now)
    moment.now += timedelta(hours=1)
    assert await accounts.last_seen.begin_refused(endpoint_id) is None
    health = await accounts.health(HERE)
    assert health is not None
    assert (health.refuses_webhooks, health.webhooks_refused_at) == (True, told.since)
    accounts.last_seen.webhook(endpoint_id)
    await accounts.last_seen.settle()
    health = await accounts.health(HERE)
    assert health is not None
    assert not health.refuses_webhooks
    moment.now += timedelta(hours=1)
    assert await accounts.last_seen.begin_refused(endpoint_id) is not None


async def test_health_of_the_operators_account_names_nobody(
    with_operator: Callable[[], SqlAccounts],
) -> None:
    accounts = with_operator()
    await accounts.ensure_operator()
    health = await accounts.health(HERE)
    assert health == AccountHealth(last_four="-key", is_operators=True, has_secret=True)


async def test_good_calls_and_webhooks_are_noted_once_a_minute(
    accounts: SqlAccounts, seconds: Seconds, moment: Moment
) -> None:
    account, other = (
        await accounts.connect(HERE, "key-1"),
        await accounts.connect(ELSEWHERE, "key-2"),
    )

    async def note(now: datetime) -> tuple[datetime | None, datetime | None]:
        moment.now = now
        accounts.last_seen.good_call(account)
        accounts.last_seen.webhook(account.endpoint_id)
        await accounts.last_seen.settle()
        health = await accounts.health(HERE)
        assert health is not None
        return health.last_good_call_at, health.last_webhook_at

    first, second, third = (THEN + timedelta(seconds=after) for after in (1, 60, 61))
    assert await note(first) == (first, first)
    seconds.now += 59.9
    assert await note(second) == (first, first)
    seconds.now += 0.2
    assert await note(third) == (third, third)
    elsewhere = await accounts.health(ELSEWHERE)
    assert elsewhere is not None
    assert elsewhere.last_webhook_at is None
    moment.now = second
    accounts.last_seen.webhook(other.endpoint_id)
    await accounts.last_seen.settle()
    elsewhere = await accounts.health(ELSEWHERE)
    assert elsewhere is not None
    assert elsewhere.last_webhook_at == second


async def test_an_account_linked_anew_has_seen_no_webhook_yet(accounts: SqlAccounts) -> None:
    account = await accounts.connect(HERE, "key-1")
    accounts.last_seen.webhook(account.endpoint_id)
    await accounts.last_seen.settle()
    await accounts.connect(HERE, "key-2")
    health = await accounts.health(HERE)
    assert health is not None
    assert health.last_webhook_at is None
    accounts.last_seen.webhook(account.endpoint_id)
    await accounts.last_seen.settle()
    health = await accounts.health(HERE)
    assert health is not None
    assert health.last_webhook_at == THEN


async def test_a_new_secret_counts_at_once_and_the_old_one_for_two_days_more(
    accounts: SqlAccounts, moment: Moment, seconds: Seconds
) -> None:
    account = await accounts.connect(HERE, "key-1", ["whsec_old"])
    until = THEN + timedelta(hours=48)
    changed = await accounts.add_secret(HERE, "whsec_new")
    assert changed is not None
    assert changed.webhook_secrets == ("whsec_new", "whsec_old")
    assert await accounts.by_endpoint(account.endpoint_id) == changed
    health = await accounts.health(HERE)
    assert health is not None
    assert health.old_secrets_until == until

    moment.now = until
    seconds.now += 60
    for found in (
        await accounts.by_endpoint(account.endpoint_id),
        await accounts.for_workspace(HERE),
    ):
        assert found is not None
        assert found.webhook_secrets == ("whsec_new",)
    health = await accounts.health(HERE)
    assert health is not None
    assert health.old_secrets_until is None
    later = await accounts.add_secret(HERE, "whsec_newer")
    assert later is not None
    assert later.webhook_secrets == ("whsec_newer", "whsec_new")


async def test_the_first_secret_has_none_to_overlap_with(
    accounts: SqlAccounts, moment: Moment, seconds: Seconds, database: Database
) -> None:
    account = await accounts.connect(HERE, "key-1")
    await accounts.add_secret(HERE, "whsec_1")
    await accounts.add_secret(HERE, "whsec_1")
    moment.now += timedelta(days=365)
    seconds.now += 60
    found = await accounts.by_endpoint(account.endpoint_id)
    assert found is not None
    assert found.webhook_secrets == ("whsec_1",)
    assert "whsec_1" not in await stored(database)


async def test_secrets_given_at_once_all_count(accounts: SqlAccounts) -> None:
    await accounts.connect(HERE, "key-1")
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(accounts.add_secret, HERE, f"whsec_{number}")
    found = await accounts.for_workspace(HERE)
    assert found is not None
    assert sorted(found.webhook_secrets) == ["whsec_0", "whsec_1", "whsec_2"]


async def test_a_secret_needs_an_account_of_the_workspaces_own(
    with_operator: Callable[[], SqlAccounts],
) -> None:
    assert await with_operator().add_secret(HERE, "whsec_1") is None


async def test_a_suspended_account_keeps_since_when_until_it_is_resumed(
    accounts: SqlAccounts, moment: Moment
) -> None:
    account = await accounts.connect(HERE, "key-1")
    first = await accounts.suspend(account.endpoint_id, AccountProblem.BAD_KEY)
    assert first == AccountSuspension(AccountProblem.BAD_KEY, THEN)
    moment.now += timedelta(hours=1)
    assert await accounts.suspend(account.endpoint_id, AccountProblem.BAD_KEY) == first
    assert await accounts.suspension(account.endpoint_id) == first
    other = await accounts.suspend(account.endpoint_id, AccountProblem.NO_CREDIT)
    assert other == AccountSuspension(AccountProblem.NO_CREDIT, moment.now)
    await accounts.resume(account.endpoint_id)
    assert await accounts.suspension(account.endpoint_id) is None
    await accounts.suspend(account.endpoint_id, AccountProblem.BAD_KEY)
    await accounts.connect(HERE, "key-2")
    assert await accounts.suspension(account.endpoint_id) is None
    assert await accounts.suspend("unknown", AccountProblem.BAD_KEY) is None


async def test_the_row_carries_both_halves_of_the_workspace(
    accounts: SqlAccounts, database: Database
) -> None:
    await accounts.connect(HERE, "key-1")
    row = select(AccountTable.c.team_id, AccountTable.c.enterprise_id)
    found = await database.read(lambda connection: connection.execute(row).one())
    assert tuple(found) == ("T1", "E1")
