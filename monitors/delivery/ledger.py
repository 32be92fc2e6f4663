"""The ledger: which part of which event is, or may be, posted. The only authority on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    UpdateBase,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from monitors.model.ledger import EventPart, LedgerRow, Post, PostState
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.statements import Write, utc_now
from monitors.storage.tables import LedgerTable
from monitors.storage.tenancy import team_of

# Small enough that a delivery never waits long for the pruning's locks.
PRUNE_BATCH: Final = 1000

_KEY: Final = ("team_id", "monitor_id", "event_id", "part")
_KEY_COLUMNS: Final = tuple(LedgerTable.__table__.c[name] for name in _KEY)
_FINAL: Final = tuple(each.value for each in PostState if each is not PostState.POSTING)

# Those of every delivery are built once: building one costs more than running it.
_PART: Final = (
    select(LedgerTable.part)
    .where(
        LedgerTable.team_id == bindparam("of_team"),
        LedgerTable.monitor_id == bindparam("of_monitor"),
        LedgerTable.event_id == bindparam("of_event"),
    )
    .limit(1)
)
_FOUND: Final = select(func.count(LedgerTable.event_id.distinct())).where(
    LedgerTable.team_id == bindparam("of_team"),
    LedgerTable.monitor_id == bindparam("of_monitor"),
    LedgerTable.state == PostState.POSTED.value,
    LedgerTable.message_key != LedgerTable.monitor_id + "/" + LedgerTable.event_id + "/0",
    LedgerTable.changed_at >= bindparam("since"),
)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSTED: Final = (
    update(LedgerTable)
    .where(
        LedgerTable.team_id == bindparam("of_team"),
        LedgerTable.monitor_id == bindparam("of_monitor"),
        LedgerTable.message_key == bindparam("of_message"),
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
        self._insert = database.insert(LedgerTable).on_conflict_do_nothing(index_elements=_KEY)

    async def take(
        self, taken: Taken, post: Post, *, channel: str, at: datetime, unless: str | None = None
    ) -> bool:
        """Take the right to post a message: all of its parts, or none.

        False if any of them, or any part of the event `unless`, is already in the ledger.
        """
        team_id = team_of(taken.workspace)
        shared = {
            "team_id": team_id,
            "enterprise_id": taken.workspace.enterprise_id or "",
            "monitor_id": post.monitor_id,
            "state": PostState.POSTING.value,
            "channel": channel,
            "message_key": post.message_key,
            "not_before": taken.not_before,
            "changed_at": at,
        }
        # In a fixed order, so that two transactions on PostgreSQL cannot deadlock.
        shows = sorted(post.shows, key=lambda part: (part.event_id, part.part))
        rows = [{**shared, "event_id": each.event_id, "part": each.part} for each in shows]
        other = {"of_team": team_id, "of_monitor": post.monitor_id, "of_event": unless}

        def work(connection: Connection) -> None:
            for row in rows:
                if connection.execute(self._insert, row).rowcount != 1:
                    raise _TakenError
            if unless is not None and connection.execute(_PART, other).first() is not None:
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
        statement = select(
            LedgerTable.event_id,
            LedgerTable.part,
            LedgerTable.state,
            LedgerTable.channel,
            LedgerTable.message_key,
            LedgerTable.changed_at,
            LedgerTable.not_before,
            LedgerTable.ts,
        ).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.event_id.in_(set(event_ids)),
        )

        def work(connection: Connection) -> list[LedgerRow]:
            return [
                LedgerRow(
                    EventPart(row.event_id, row.part),
                    PostState(row.state),
                    row.channel,
                    row.message_key,
                    row.changed_at,
                    row.not_before,
                    row.ts,
                )
                for row in connection.execute(statement)
            ]

        return {row.shows: row for row in await self._database.read(work)}

    async def has_named(
        self, workspace: Workspace, monitor_id: str, prefix: str, *, since: datetime, but: str
    ) -> bool:
        """Whether a notice whose name begins so, other than one, was written since then."""
        statement = select(LedgerTable.event_id).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.event_id.startswith(prefix, autoescape=True),
            LedgerTable.event_id != but,
            LedgerTable.changed_at >= since,
        )
        return await self._database.read(
            lambda connection: connection.execute(statement.limit(1)).first() is not None
        )

    async def found(self, workspace: Workspace, monitor_id: str, *, since: datetime = _EVER) -> int:
        """How many findings were posted, or were since then; a notice of ours is none."""
        about = {"of_team": team_of(workspace), "of_monitor": monitor_id, "since": since}
        return await self._database.read(lambda c: c.execute(_FOUND, about).scalar_one())

    async def take_over(self, taken: Taken, row: LedgerRow) -> bool:
        """Take the right to settle a message in doubt; only one of several attempts gets it."""
        statement = (
            update(LedgerTable)
            .where(*_of(taken), _IS_POSTING, LedgerTable.not_before == row.not_before)
            .values(not_before=taken.not_before)
        )
        return await self._write(statement) > 0

    async def postpone(self, taken: Taken, *, not_before: datetime) -> None:
        """The message stays in doubt, and no attempt may take it before then."""
        await self._write(update(LedgerTable).where(*_still(taken)).values(not_before=not_before))

    async def release(self, taken: Taken) -> None:
        """The message was certainly not posted: its rows are deleted."""
        await self._write(delete(LedgerTable).where(*_still(taken)))

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
        values = {"state": PostState.DEAD.value, "changed_at": self._now()}
        await self._write(update(LedgerTable).where(*_still(taken)).values(values))

    async def revive(self, workspace: Workspace, monitor_id: str, group_id: str) -> frozenset[str]:
        """Delete the DEAD messages of a run, or of the whole monitor if none is given.

        Returns the events they showed.
        """
        statement = delete(LedgerTable).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.state == PostState.DEAD.value,
        )
        if group_id:
            keys = LedgerTable.message_key
            statement = statement.where(
                keys.startswith(f"{monitor_id}/{group_id}/", autoescape=True)
            )
        statement = statement.returning(LedgerTable.event_id)

        def work(connection: Connection) -> frozenset[str]:
            return frozenset(connection.execute(statement).scalars())

        return await self._database.write(work)

    async def leave_out(
        self, workspace: Workspace, monitor_id: str, event_ids: Sequence[str]
    ) -> None:
        """Record that these events aren't posted, so that they are counted once each."""
        now = self._now()
        rows = [
            {
                "team_id": team_of(workspace),
                "enterprise_id": workspace.enterprise_id or "",
                "monitor_id": monitor_id,
                "event_id": event_id,
                "part": 0,
                "state": PostState.LEFT_OUT.value,
                "channel": "",
                "message_key": "",
                "not_before": now,
                "changed_at": now,
            }
            for event_id in sorted(event_ids)
        ]

        def work(connection: Connection) -> None:
            for row in rows:
                connection.execute(self._insert, row)

        await self._database.write(work)

    async def left_out(self, workspace: Workspace, monitor_id: str) -> int:
        """How many events of the monitor were below the confidence floor, as far as it is kept."""
        statement = select(func.count()).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.state == PostState.LEFT_OUT.value,
        )
        return await self._database.read(lambda c: c.execute(statement).scalar_one())

    async def forget(self, workspace: Workspace, monitor_id: str, message_key: str) -> None:
        """What the message showed may be posted again, by another message."""
        statement = delete(LedgerTable).where(
            LedgerTable.team_id == team_of(workspace),
            LedgerTable.monitor_id == monitor_id,
            LedgerTable.message_key == message_key,
        )
        await self._write(statement)

    async def prune(self, older_than: datetime) -> int:
        """Delete the final rows last changed before then, and return how many.

        A row in doubt is kept until it is settled, however old it is.
        """
        batch = (
            select(*_KEY_COLUMNS)
            .where(LedgerTable.changed_at < older_than, LedgerTable.state.in_(_FINAL))
            .limit(PRUNE_BATCH)
        )
        statement = delete(LedgerTable).where(tuple_(*_KEY_COLUMNS).in_(batch))
        pruned = 0
        while True:
            dropped = await self._write(statement)
            pruned += dropped
            if dropped < PRUNE_BATCH:
                return pruned

    async def write(self, *writes: Write) -> None:
        """In one transaction."""

        def work(connection: Connection) -> None:
            for each in writes:
                each.run(connection)

        await self._database.write(work)

    async def _write(self, statement: UpdateBase) -> int:
        """Returns how many rows it changed."""
        return await self._database.write(lambda c: c.execute(statement).rowcount)


_IS_POSTING: Final = LedgerTable.state == PostState.POSTING.value


def _of(taken: Taken) -> tuple[ColumnElement[bool], ...]:
    return (
        LedgerTable.team_id == team_of(taken.workspace),
        LedgerTable.monitor_id == taken.monitor_id,
        LedgerTable.message_key == taken.message_key,
    )


def _still(taken: Taken) -> tuple[ColumnElement[bool], ...]:
    """Still this attempt's: no other has taken it over."""
    return (*_of(taken), _IS_POSTING, LedgerTable.not_before == taken.not_before)
