from collections.abc import Callable
from itertools import count

import anyio
import pytest
import structlog
from cryptography.fernet import Fernet
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.domain.account import ParallelAccount
from monitors.domain.workspace import Workspace
from monitors.services.ports import AccountDirectory
from monitors.store.sealing import Sealer, SealError
from monitors.store.sql.accounts import SqlAccounts
from monitors.store.sql.tables import AccountTable

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE, NOBODY = Workspace("T1", "E1"), Workspace("T2"), Workspace("")


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def accounts(engine: AsyncEngine, sealer: Sealer, seconds: Seconds) -> SqlAccounts:
    return SqlAccounts(engine, sealer, monotonic_seconds=seconds)


@pytest.fixture
def with_operator(engine: AsyncEngine, sealer: Sealer) -> Callable[[], SqlAccounts]:
    return lambda: SqlAccounts(
        engine, sealer, operator_key="operator-key", operator_secrets=["whsec_1", "whsec_2"]
    )


async def stored(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        return str((await connection.execute(text("SELECT * FROM parallel_accounts"))).all())


async def test_a_linked_account_is_found_both_ways(accounts: SqlAccounts) -> None:
    linked = await accounts.link(HERE, "key-1", ["whsec_1", "whsec_2"])
    assert linked == ParallelAccount(
        linked.endpoint_id, "key-1", ("whsec_1", "whsec_2"), team_id="T1"
    )
    assert len(linked.endpoint_id) >= 32
    assert await accounts.for_workspace(HERE) == linked
    assert await accounts.by_endpoint(linked.endpoint_id) == linked


async def test_keys_and_secrets_are_sealed_at_rest(
    accounts: SqlAccounts, engine: AsyncEngine
) -> None:
    await accounts.link(HERE, "key-1", ["whsec_1"])
    rows = await stored(engine)
    assert "key-1" not in rows
    assert "whsec_1" not in rows


async def test_linking_again_changes_the_key_and_keeps_the_endpoint(
    accounts: SqlAccounts, engine: AsyncEngine, sealer: Sealer
) -> None:
    first = await accounts.link(HERE, "key-1", ["whsec_1"])
    second = await accounts.link(HERE, "key-2")
    assert second == ParallelAccount(first.endpoint_id, "key-2", (), team_id="T1")
    assert await SqlAccounts(engine, sealer).by_endpoint(first.endpoint_id) == second


async def test_linking_twice_at_once_makes_one_account(accounts: SqlAccounts) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(accounts.link, HERE, f"key-{number}")
    (account,) = await accounts.accounts()
    assert await accounts.for_workspace(HERE) == account


async def test_workspaces_never_share_an_account(accounts: SqlAccounts) -> None:
    here = await accounts.link(HERE, "key-1")
    assert await accounts.for_workspace(ELSEWHERE) is None
    there = await accounts.link(ELSEWHERE, "key-2")
    await accounts.unlink(HERE)
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
        lambda: accounts.link(NOBODY, "key-1"),
        lambda: accounts.unlink(NOBODY),
    ):
        with pytest.raises(ValueError, match="team_id is empty"):
            await call()


async def test_the_operators_account_serves_whoever_linked_none(
    with_operator: Callable[[], SqlAccounts],
) -> None:
    accounts = with_operator()
    operator = await accounts.for_workspace(HERE)
    assert operator is not None
    assert (operator.api_key, operator.team_id) == ("operator-key", None)
    assert operator.webhook_secrets == ("whsec_1", "whsec_2")
    own = await accounts.link(HERE, "key-1")
    assert await accounts.for_workspace(HERE) == own
    assert await accounts.for_workspace(ELSEWHERE) == operator
    assert list(await accounts.accounts()) == [operator, own]


async def test_the_operators_endpoint_survives_restarts_and_races(
    with_operator: Callable[[], SqlAccounts], engine: AsyncEngine
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
    assert "operator-key" not in await stored(engine)


async def test_the_operators_endpoint_is_dead_while_no_key_is_set(
    with_operator: Callable[[], SqlAccounts], accounts: SqlAccounts
) -> None:
    operator = await with_operator().ensure_operator()
    assert operator is not None
    assert await accounts.by_endpoint(operator.endpoint_id) is None
    assert await accounts.ensure_operator() is None
    assert await accounts.for_workspace(HERE) is None


async def test_a_webhook_costs_no_sql_for_ten_seconds(
    accounts: SqlAccounts, engine: AsyncEngine, sealer: Sealer, seconds: Seconds
) -> None:
    linked = await accounts.link(HERE, "key-1")
    another_process = SqlAccounts(engine, sealer)
    await another_process.link(HERE, "key-2")
    seconds.now += 9.9
    assert await accounts.by_endpoint(linked.endpoint_id) == linked
    seconds.now += 0.2
    changed = await accounts.by_endpoint(linked.endpoint_id)
    assert changed is not None
    assert changed.api_key == "key-2"
    await another_process.unlink(HERE)
    seconds.now += 10.1
    assert await accounts.by_endpoint(linked.endpoint_id) is None


async def test_a_person_who_linked_elsewhere_need_not_wait(
    accounts: SqlAccounts, engine: AsyncEngine, sealer: Sealer
) -> None:
    assert await accounts.for_workspace(HERE) is None
    linked = await SqlAccounts(engine, sealer).link(HERE, "key-1")
    assert await accounts.for_workspace(HERE) == linked


async def test_a_wrong_encryption_key_is_a_clear_error(
    accounts: SqlAccounts, engine: AsyncEngine
) -> None:
    await accounts.link(HERE, "key-1")
    other = SqlAccounts(engine, Sealer([Fernet.generate_key().decode()]))
    with pytest.raises(SealError, match="parallel:T1 does not open with any of ENCRYPTION_KEYS"):
        await other.for_workspace(HERE)


async def test_an_account_that_does_not_open_keeps_no_other_from_being_served(
    with_operator: Callable[[], SqlAccounts], engine: AsyncEngine, sealer: Sealer
) -> None:
    lost = SqlAccounts(engine, Sealer([Fernet.generate_key().decode()]))
    await lost.link(HERE, "key-1")
    own = await SqlAccounts(engine, sealer).link(ELSEWHERE, "key-2")
    directory: AccountDirectory = with_operator()
    with structlog.testing.capture_logs() as logs:
        found = await directory.accounts()
    assert [account.team_id for account in found] == ["T2", None]
    assert found[0] == own
    (line,) = logs
    assert (line["event"], line["team_id"]) == ("account left out", "T1")


async def test_a_key_moved_to_another_workspaces_row_does_not_open(
    accounts: SqlAccounts, engine: AsyncEngine
) -> None:
    await accounts.link(HERE, "key-1")
    async with engine.begin() as connection:
        await connection.execute(update(AccountTable).values(team_id="T2"))
    with pytest.raises(SealError, match="parallel:T2 was sealed for another row"):
        await accounts.for_workspace(ELSEWHERE)


async def test_endpoints_come_from_the_given_source(engine: AsyncEngine, sealer: Sealer) -> None:
    ids = count(1)
    accounts = SqlAccounts(engine, sealer, new_endpoint_id=lambda: f"endpoint-{next(ids)}")
    assert (await accounts.link(HERE, "key-1")).endpoint_id == "endpoint-1"
