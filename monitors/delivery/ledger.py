"""The ledger: which part of which event is, or may be, posted. The only authority on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, tuple_, update

from monitors.model.ledger import EventPart, LedgerRow, Post, PostState
from monitors.model.research import RESEARCH_CLAIM
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.statements import Write, utc_now
from monitors.storage.tables import LedgerTable
from monitors.storage.tenancy import team_of

# Small enough that a delivery never waits long for the pruning's locks.
PRUNE_BATCH: Final = 1000

_KEY: Final = ("team_id", "monitor_id", "event_id", "part")
_KEY_COLUMNS: Final = tuple(LedgerTable.c[name] for name in _KEY)
_FINAL: Final = tuple(each.value for each in PostState if each is not PostState.POSTING)

# In the order of LedgerRow's fields.
_ROWS: Final = select(
    LedgerTable.c.event_id,
    LedgerTable.c.part,
    LedgerTable.c.state,
    LedgerTable.c.channel,
    LedgerTable.c.message_key,
    LedgerTable.c.changed_at,
    LedgerTable.c.not_before,
    LedgerTable.c.ts,
)
# Those of every delivery are built once: building one costs more than running it.
# A part, unless any of another event is there.
_NEW: Final = select(*(bindparam(each.name, type_=each.type) for each in LedgerTable.c)).where(
    ~select(LedgerTable.c.part)
    .where(
        LedgerTable.c.team_id == bindparam("team_id"),
        LedgerTable.c.monitor_id == bindparam("monitor_id"),
        LedgerTable.c.event_id == bindparam("unless"),
    )
    .exists()
)
_FOUND: Final = select(func.count(LedgerTable.c.event_id.distinct())).where(
    LedgerTable.c.team_id == bindparam("of_team"),
    LedgerTable.c.monitor_id == bindparam("of_monitor"),
    LedgerTable.c.state == PostState.POSTED.value,
    LedgerTable.c.message_key != LedgerTable.c.monitor_id + "/" + LedgerTable.c.event_id + "/0",
    LedgerTable.c.event_id.not_like(f"{RESEARCH_CLAIM}%"),
    LedgerTable.c.changed_at >= bindparam("since"),
)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSTED: Final = (
    update(LedgerTable)
    .where(
        LedgerTable.c.team_id == bindparam("of_team"),
        LedgerTable.c.monitor_id == bindparam("of_monitor"),
        LedgerTable.c.message_key == bindparam("of_message"),
    )
    .values(state=PostState.POSTED.value, ts=bindparam("new_ts"), changed_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The right to post a message, or to find out whether it was posted, until `not_before`."""

    workspace: Workspace
    monitor_id: str
    message_key: str
    not_before: datetime


class _TakenError(Exception):
    """A part is taken or already posted: the transaction is rolled back."""


class Ledger:
    """Raises StoreDownError while the database isn't responding."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now
        insert = database.insert(LedgerTable)
        self._insert = insert.on_conflict_do_nothing(index_elements=_KEY)
        self._take = insert.from_select([*LedgerTable.c], _NEW).on_conflict_do_nothing(
            index_elements=_KEY
        )

    async def take(
        self, taken: Taken, post: Post, *, channel: str, at: datetime, unless: str | None = None
    ) -> bool:
        """Take the right to post a message: all of its parts, or none.

        False if any of them, or any part of the event `unless`, is already in the ledger.
        """
        # In a fixed order, so that two transactions on PostgreSQL cannot deadlock.
        shows = sorted(post.shows, key=lambda part: (part.event_id, part.part))
        shared = {
            **_written(taken.workspace, post.monitor_id, PostState.POSTING),
            "channel": channel,
            "message_key": post.message_key,
            "not_before": taken.not_before,
            "changed_at": at,
            "ts": None,
            "unless": unless,
        }
        takes = [
            Write(self._take, {**shared, "event_id": each.event_id, "part": each.part})
            for each in shows
        ]
        if len(takes) == 1:
            # Run twice, it finds its own row: in doubt, like any other that is there.
            return await self._database.apply(*takes) == 1

        def work(connection: Connection) -> None:
            for each in takes:
                if each.run(connection) != 1:
                    raise _TakenError

        try:
            await self._database.write(work)
        except _TakenError:
            return False
        return True

    async def rows(
        self, workspace: Workspace, monitor_id: str, event_ids: Sequence[str]
    ) -> Mapping[EventPart, LedgerRow]:
        """The rows of these events."""
        is_meant = LedgerTable.c.event_id.in_(set(event_ids))
        found = await self._database.look_up(_ROWS.where(*_of(workspace, monitor_id), is_meant))
        rows = [LedgerRow(EventPart(*row[:2]), PostState(row[2]), *row[3:]) for row in found]
        return {row.shows: row for row in rows}

    async def has_named(
        self, workspace: Workspace, monitor_id: str, prefix: str, *, since: datetime, but: str
    ) -> bool:
        """Whether a notice whose name begins so, other than one, was written since then."""
        statement = select(LedgerTable.c.part).where(
            *_of(workspace, monitor_id),
            LedgerTable.c.event_id.startswith(prefix, autoescape=True),
            LedgerTable.c.event_id != but,
            LedgerTable.c.changed_at >= since,
        )
        return bool(await self._database.rows(statement.limit(1)))

    async def found(self, workspace: Workspace, monitor_id: str, *, since: datetime = _EVER) -> int:
        """How many findings were posted, or were since then; what we say ourselves is none."""
        about = {"of_team": team_of(workspace), "of_monitor": monitor_id, "since": since}
        return await self._database.read(lambda c: c.execute(_FOUND, about).scalar_one())

    async def take_over(self, taken: Taken, row: LedgerRow) -> bool:
        """Take the right to settle a message in doubt; only one of several attempts gets it."""
        statement = update(LedgerTable).where(*_still(taken, row.not_before))
        return await self._database.change(statement.values(not_before=taken.not_before)) > 0

    async def postpone(self, taken: Taken, *, not_before: datetime) -> None:
        """The message stays in doubt, and no attempt may take it before then."""
        statement = update(LedgerTable).where(*_still(taken, taken.not_before))
        await self._database.change(statement.values(not_before=not_before))

    async def release(self, taken: Taken) -> None:
        """The message was certainly not posted: its rows are deleted."""
        await self._database.change(delete(LedgerTable).where(*_still(taken, taken.not_before)))

    async def posted(self, taken: Taken, *, ts: str, also: Write | None = None) -> None:
        """Record that the message was posted, and write `also` in the same transaction.

        Even if another attempt has taken it over: the message is there.
        """
        posted = Write(
            _POSTED,
            {
                "of_team": team_of(taken.workspace),
                "of_monitor": taken.monitor_id,
                "of_message": taken.message_key,
                "new_ts": ts,
                "now": self._now(),
            },
        )
        await self.write(*([posted] if also is None else [posted, also]))

    async def dead(self, taken: Taken) -> None:
        """Record that Slack refuses the message for good."""
        statement = update(LedgerTable).where(*_still(taken, taken.not_before))
        values = {"state": PostState.DEAD.value, "changed_at": self._now()}
        await self._database.change(statement.values(values))

    async def revive(self, workspace: Workspace, monitor_id: str, group_id: str) -> frozenset[str]:
        """Delete the DEAD messages of a run, or of the whole monitor if none is given.

        Returns the events they showed.
        """
        is_dead = LedgerTable.c.state == PostState.DEAD.value
        statement = delete(LedgerTable).where(*_of(workspace, monitor_id), is_dead)
        if group_id:
            key = f"{monitor_id}/{group_id}/"
            statement = statement.where(LedgerTable.c.message_key.startswith(key, autoescape=True))
        found = await self._database.changed(statement.returning(LedgerTable.c.event_id))
        return frozenset(event_id for (event_id,) in found)

    async def leave_out(
        self, workspace: Workspace, monitor_id: str, event_ids: Sequence[str]
    ) -> None:
        """Record that these events aren't posted, so that they are counted once each."""
        now = self._now()
        shared = {
            **_written(workspace, monitor_id, PostState.LEFT_OUT),
            "part": 0,
            "channel": "",
            "message_key": "",
            "not_before": now,
            "changed_at": now,
        }
        rows = [{**shared, "event_id": event_id} for event_id in sorted(event_ids)]
        await self._database.write(lambda connection: connection.execute(self._insert, rows))

    async def left_out(self, workspace: Workspace, monitor_id: str) -> int:
        """How many events of the monitor were below the confidence floor, as far as it is kept."""
        is_left_out = LedgerTable.c.state == PostState.LEFT_OUT.value
        statement = select(func.count()).where(*_of(workspace, monitor_id), is_left_out)
        return await self._database.read(lambda c: c.execute(statement).scalar_one())

    async def forget(self, workspace: Workspace, monitor_id: str, message_key: str) -> None:
        """What the message showed may be posted again, by another message."""
        is_meant = (*_of(workspace, monitor_id), LedgerTable.c.message_key == message_key)
        await self._database.change(delete(LedgerTable).where(*is_meant))

    async def prune(self, older_than: datetime) -> int:
        """Delete the final rows last changed before then, and return how many.

        A row in doubt is kept until it is settled, however old it is.
        """
        batch = (
            select(*_KEY_COLUMNS)
            .where(LedgerTable.c.changed_at < older_than, LedgerTable.c.state.in_(_FINAL))
            .limit(PRUNE_BATCH)
        )
        statement = delete(LedgerTable).where(tuple_(*_KEY_COLUMNS).in_(batch))
        pruned = 0
        while True:
            dropped = await self._database.change(statement)
            pruned += dropped
            if dropped < PRUNE_BATCH:
                return pruned

    async def write(self, *writes: Write) -> None:
        """In one transaction; see `Database.apply`."""
        await self._database.apply(*writes)


def _written(workspace: Workspace, monitor_id: str, state: PostState) -> dict[str, object]:
    return {
        "team_id": team_of(workspace),
        "enterprise_id": workspace.enterprise_id or "",
        "monitor_id": monitor_id,
        "state": state.value,
    }


def _of(workspace: Workspace, monitor_id: str) -> tuple[ColumnElement[bool], ...]:
    return LedgerTable.c.team_id == team_of(workspace), LedgerTable.c.monitor_id == monitor_id


def _still(taken: Taken, not_before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Still in doubt, and nobody else has taken it over."""
    return (
        *_of(taken.workspace, taken.monitor_id),
        LedgerTable.c.message_key == taken.message_key,
        LedgerTable.c.state == PostState.POSTING.value,
        LedgerTable.c.not_before == not_before,
    )
