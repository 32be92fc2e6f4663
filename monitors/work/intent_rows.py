"""The columns and rows of the table of intents; `SqlIntents` reads and writes them."""

from datetime import datetime

from sqlalchemy import Connection, select

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
    return None if row is None else intent_of(*row)


def intent_of(  # noqa: PLR0913, PLR0917 - one argument per column of INTENT
    intent_id: str,
    team_id: str,
    enterprise_id: str | None,
    kind: str,
    argument: str,
    created_at: datetime,
    progress: str,
) -> Intent:
    return Intent(
        intent_id=intent_id,
        workspace=Workspace(team_id, enterprise_id),
        kind=IntentKind(kind),
        argument=argument,
        created_at=created_at,
        progress=progress,
    )


def letter_of(  # noqa: PLR0913, PLR0917 - one argument per column of LETTER
    letter_id: str,
    team_id: str,
    enterprise_id: str | None,
    kind: str,
    argument: str,
    reason: str,
    attempts: int,
    trace_id: str,
    since: datetime,
    failed_at: datetime,
) -> DeadLetter:
    return DeadLetter(
        letter_id=letter_id,
        team_id=team_id,
        enterprise_id=enterprise_id or "",
        kind=kind,
        argument=argument,
        reason=reason,
        attempts=attempts,
        trace_id=trace_id,
        since=since,
        failed_at=failed_at,
    )
