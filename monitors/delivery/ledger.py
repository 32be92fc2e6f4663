"""The ledger: what stands in which thread, and from where on a monitor's findings count."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypedDict

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitors.model.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.model.workspace import Workspace
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.statements import insert_into, reading, utc_now, writing
from monitors.storage.tables import BaselineTable, LedgerTable
from monitors.storage.tenancy import team_of

# Longer than one call to Slack can take (10 s, bot.wiring.resources), the time until the call
# begins and the clocks of two workers being apart included: a row still `posting` after it was
# left behind by a crash. A restarted job waits this long at most before it looks.
GRACE: Final = timedelta(seconds=30)

# Small enough that a delivery never waits long for the pruning's locks.
PRUNE_BATCH: Final = 1000

_KEY: Final = ("team_id", "monitor_id", "group_id", "part")
_FINAL: Final = (PostState.POSTED.value, PostState.DEAD.value)


class _KeyValues(TypedDict):
    team_id: str
    monitor_id: str
    group_id: str
    part: int


class SqlLedger:
    """`Ledger`, `LedgerReader` and `DeadParts`."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        now: Callable[[], datetime] = utc_now,
        grace: timedelta = GRACE,
    ) -> None:
        self._engine = engine
        self._single = engine.execution_options(**{ONE_STATEMENT: True})
        self._now = now
        self._grace = grace

    async def posting(
        self, workspace: Workspace, key: LedgerKey, *, parts: int, channel: str
    ) -> LedgerRow:
        """One statement makes the row or takes it over, so of any that race exactly one does.

        A row taken over is given the channel that the caller is about to post to.
        """
        values = _key_values(workspace, key)
        while True:
            now = self._now()
            taken = {
                "parts": parts,
                "state": PostState.POSTING.value,
                "channel": channel,
                "changed_at": now,
            }
            make = (
                insert_into(self._engine, LedgerTable)
                .values(**values, **taken)
                .on_conflict_do_nothing(index_elements=_KEY)
            )
            take_over = (
                update(LedgerTable).where(*_is(values), self._is_in_doubt(now)).values(**taken)
            )
            async with writing(self._single) as connection:
                if (await connection.execute(make)).rowcount == 1:
                    return LedgerRow(key, PostState.NEW, channel)
            async with writing(self._engine) as connection:
                if (await connection.execute(take_over)).rowcount == 1:
                    return LedgerRow(key, PostState.UNCERTAIN, channel)
                found = await _found(connection, values, key, parts=parts)
            # Refused, or left in doubt, since the statement before: it can be had after all.
            if found is not None and found.state is not PostState.UNCERTAIN:
                return found

    async def keep(
        self, workspace: Workspace, key: LedgerKey, state: PostState, *, ts: str | None = None
    ) -> None:
        """What stands in the thread stays POSTED, whatever a slower attempt believes.

        Works without the `posting` row too: better a row that knows no channel than a finding
        posted twice.
        """
        changed = {"state": state.value, "ts": ts, "changed_at": self._now()}
        statement = (
            insert_into(self._engine, LedgerTable)
            .values(**_key_values(workspace, key), channel="", **changed)
            .on_conflict_do_update(
                index_elements=_KEY,
                set_=changed,
                where=None
                if state is PostState.POSTED
                else LedgerTable.state != PostState.POSTED.value,
            )
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)

    async def refused(self, workspace: Workspace, key: LedgerKey) -> None:
        statement = delete(LedgerTable).where(
            *_is(_key_values(workspace, key)), LedgerTable.state == PostState.POSTING.value
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)

    async def settled(
        self, workspace: Workspace, monitor_id: str, group_ids: Sequence[str]
    ) -> frozenset[str]:
        """A group with a part that is not known to be its last is not settled."""
        team_id = team_of(workspace)
        if not group_ids:
            return frozenset()
        final = func.sum(case((LedgerTable.state.in_(_FINAL), 1), else_=0))
        statement = (
            select(LedgerTable.group_id)
            .where(
                LedgerTable.team_id == team_id,
                LedgerTable.monitor_id == monitor_id,
                LedgerTable.group_id.in_(set(group_ids)),
            )
            .group_by(LedgerTable.group_id)
            .having(final >= func.max(LedgerTable.parts))
        )
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(statement)).scalars())

    async def final_parts(
        self, workspace: Workspace, monitor_id: str, group_id: str
    ) -> frozenset[int]:
        statement = select(LedgerTable.part).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.group_id == group_id,
            LedgerTable.state.in_(_FINAL),
        )
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(statement)).scalars())

    async def revive(self, workspace: Workspace, monitor_id: str, group_id: str) -> None:
        statement = delete(LedgerTable).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.state == PostState.DEAD.value,
        )
        if group_id:
            statement = statement.where(LedgerTable.group_id == group_id)
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def prune(self, older_than: datetime) -> int:
        """Drop the final rows last changed before then, and return how many.

        A row in doubt is kept until it is settled, however old.
        """
        key = (
            LedgerTable.team_id,
            LedgerTable.monitor_id,
            LedgerTable.group_id,
            LedgerTable.part,
        )
        batch = (
            select(*key)
            .where(LedgerTable.changed_at < older_than, LedgerTable.state.in_(_FINAL))
            .limit(PRUNE_BATCH)
        )
        statement = delete(LedgerTable).where(tuple_(*key).in_(batch))
        pruned = 0
        while True:
            async with writing(self._engine) as connection:
                dropped = (await connection.execute(statement)).rowcount
            pruned += dropped
            if dropped < PRUNE_BATCH:
                return pruned

    def _is_in_doubt(self, now: datetime) -> ColumnElement[bool]:
        return or_(
            LedgerTable.state == PostState.UNCERTAIN.value,
            and_(
                LedgerTable.state == PostState.POSTING.value,
                LedgerTable.changed_at < now - self._grace,
            ),
        )


class SqlBaselines:
    """`Baselines`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = engine.execution_options(**{ONE_STATEMENT: True})

    async def set_baseline(self, workspace: Workspace, baseline: Baseline) -> None:
        statement = (
            insert_into(self._engine, BaselineTable)
            .values(
                team_id=team_of(workspace),
                monitor_id=baseline.monitor_id,
                endpoint_id=baseline.endpoint_id,
                since=baseline.since,
                mark=baseline.mark,
            )
            .on_conflict_do_nothing(index_elements=["team_id", "monitor_id"])
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)

    async def baseline(self, workspace: Workspace, monitor_id: str) -> Baseline | None:
        statement = select(
            BaselineTable.endpoint_id, BaselineTable.since, BaselineTable.mark
        ).where(BaselineTable.team_id == team_of(workspace), BaselineTable.monitor_id == monitor_id)
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else Baseline(monitor_id, row.endpoint_id, row.since, row.mark)

    async def advance(self, workspace: Workspace, monitor_id: str, *, mark: str) -> None:
        """Without a baseline there is nothing to move."""
        statement = (
            update(BaselineTable)
            .where(
                BaselineTable.team_id == team_of(workspace),
                BaselineTable.monitor_id == monitor_id,
            )
            .values(mark=mark)
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)

    async def owner(self, endpoint_id: str, monitor_id: str) -> Workspace | None:
        """None also where two workspaces claim it, so that neither is taken for the other."""
        statement = (
            select(BaselineTable.team_id)
            .where(BaselineTable.endpoint_id == endpoint_id, BaselineTable.monitor_id == monitor_id)
            .limit(2)
        )
        async with reading(self._engine) as connection:
            teams = (await connection.execute(statement)).scalars().all()
        return Workspace(teams[0]) if len(teams) == 1 else None

    async def workspaces_on(self, endpoint_id: str) -> Sequence[Workspace]:
        statement = (
            select(BaselineTable.team_id)
            .where(BaselineTable.endpoint_id == endpoint_id)
            .distinct()
            .order_by(BaselineTable.team_id)
        )
        async with reading(self._engine) as connection:
            return [Workspace(team_id) for team_id in await connection.scalars(statement)]

    async def forget(self, workspace: Workspace, monitor_id: str) -> None:
        """Drop it, as when its monitor is over."""
        statement = delete(BaselineTable).where(
            BaselineTable.team_id == team_of(workspace), BaselineTable.monitor_id == monitor_id
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)


def _key_values(workspace: Workspace, key: LedgerKey) -> _KeyValues:
    return {
        "team_id": team_of(workspace),
        "monitor_id": key.monitor_id,
        "group_id": key.group_id,
        "part": key.part,
    }


def _is(values: _KeyValues) -> tuple[ColumnElement[bool], ...]:
    return (
        LedgerTable.team_id == values["team_id"],
        LedgerTable.monitor_id == values["monitor_id"],
        LedgerTable.group_id == values["group_id"],
        LedgerTable.part == values["part"],
    )


async def _found(
    connection: AsyncConnection, values: _KeyValues, key: LedgerKey, *, parts: int
) -> LedgerRow | None:
    """The row as it stands, with the number of parts brought up to date.

    A later version may split a group otherwise; `settled` must go by the latest.
    """
    statement = select(
        LedgerTable.state, LedgerTable.channel, LedgerTable.ts, LedgerTable.parts
    ).where(*_is(values))
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    if row.parts != parts:
        await connection.execute(update(LedgerTable).where(*_is(values)).values(parts=parts))
    return LedgerRow(key, PostState(row.state), row.channel, row.ts)
