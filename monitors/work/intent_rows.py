"""The columns and rows of the table of intents; `SqlIntents` reads and writes them."""

from typing import Any

from sqlalchemy import Connection, Row, select

from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.tables import IntentTable

# What is given up waits for an operator; a kind that only a later version knows, for its replicas.
OPEN = (
    IntentTable.finished_at.is_(None),
    IntentTable.failed_at.is_(None),
    IntentTable.kind.in_(list(IntentKind)),
)
INTENT = (
    IntentTable.intent_id,
    IntentTable.team_id,
    IntentTable.enterprise_id,
    IntentTable.kind,
    IntentTable.argument,
    IntentTable.created_at,
    IntentTable.progress,
)
LETTER = (
    IntentTable.intent_id,
    IntentTable.team_id,
    IntentTable.enterprise_id,
    IntentTable.kind,
    IntentTable.argument,
    IntentTable.failure,
    IntentTable.attempts,
    IntentTable.trace_id,
    IntentTable.created_at,
    IntentTable.failed_at,
)


def open_intent(connection: Connection, intent_id: str) -> Intent | None:
    statement = select(*INTENT).where(IntentTable.intent_id == intent_id, *OPEN)
    row = connection.execute(statement).one_or_none()
    return None if row is None else intent_of(row)


def intent_of(row: Row[*tuple[Any, ...]]) -> Intent:
    return Intent(
        intent_id=row.intent_id,
        workspace=Workspace(row.team_id, row.enterprise_id),
        kind=IntentKind(row.kind),
        argument=row.argument,
        created_at=row.created_at,
        progress=row.progress,
    )


def letter_of(row: Row[*tuple[Any, ...]]) -> DeadLetter:
    return DeadLetter(
        letter_id=row.intent_id,
        team_id=row.team_id,
        enterprise_id=row.enterprise_id or "",
        kind=row.kind,
        argument=row.argument,
        reason=row.failure,
        attempts=row.attempts,
        trace_id=row.trace_id,
        since=row.created_at,
        failed_at=row.failed_at,
    )
