"""A job that was given up is a row of `intents`.

Down again, letters are named by their job's key.
"""

import sqlalchemy as sa
from alembic import op

from monitors.storage.migrations.first_tables import DEAD_LETTERS
from monitors.storage.tables import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A dead letter of an intent that ended all the same has nothing left to send again.
FAIL_INTENTS = """
UPDATE intents SET failed_at = letter.buried_at, failure = letter.reason,
    attempts = letter.attempts, trace_id = letter.trace_id, held_until = NULL
FROM dead_letters AS letter
WHERE letter.kind = 'intent' AND letter.argument = intents.intent_id
    AND intents.finished_at IS NULL
"""
KEEP_JOBS = """
INSERT INTO intents (intent_id, team_id, kind, argument, progress, created_at, touched_at,
    failed_at, failure, attempts, trace_id)
SELECT key, team_id, kind, argument, '{}', since, buried_at, buried_at, reason, attempts, trace_id
FROM dead_letters WHERE kind <> 'intent'
"""
OF_INTENTS = """kind IN ('start', 'list', 'cancel', 'run_now', 'status', 'move', 'installed',
    'channel_back', 'channel_changed', 'uninstall', 'unlink')"""
BURY_INTENTS = f"""
INSERT INTO dead_letters (letter_id, team_id, kind, key, argument, reason, attempts, trace_id,
    since, buried_at)
SELECT intent_id, team_id, 'intent', 'intent:' || intent_id, intent_id, failure, attempts, trace_id,
    created_at, failed_at
FROM intents WHERE failed_at IS NOT NULL AND {OF_INTENTS}
"""  # noqa: S608 - constants only
BURY_JOBS = f"""
INSERT INTO dead_letters (letter_id, team_id, kind, key, argument, reason, attempts, trace_id,
    since, buried_at)
SELECT intent_id, team_id, kind, intent_id, argument, failure, attempts, trace_id, created_at,
    failed_at
FROM intents WHERE failed_at IS NOT NULL AND NOT {OF_INTENTS}
"""  # noqa: S608 - constants only
DROP_JOBS = f"DELETE FROM intents WHERE failed_at IS NOT NULL AND NOT {OF_INTENTS}"  # noqa: S608 - likewise


def upgrade() -> None:
    op.add_column("intents", sa.Column("failed_at", UtcDateTime))
    # Replicas of the version before go on adding intents for a while, without these.
    op.add_column(
        "intents", sa.Column("failure", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.add_column("intents", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column(
        "intents", sa.Column("trace_id", sa.String, nullable=False, server_default=sa.text("''"))
    )
    op.create_index(op.f("ix_intents_failed_at"), "intents", ["failed_at"])
    op.execute(FAIL_INTENTS)
    op.execute(KEEP_JOBS)
    op.drop_table("dead_letters")


def downgrade() -> None:
    DEAD_LETTERS.create(op.get_bind())
    op.execute(BURY_INTENTS)
    op.execute(BURY_JOBS)
    op.execute(DROP_JOBS)
    op.drop_index(op.f("ix_intents_failed_at"), "intents")
    for column in ("trace_id", "attempts", "failure", "failed_at"):
        op.drop_column("intents", column)
