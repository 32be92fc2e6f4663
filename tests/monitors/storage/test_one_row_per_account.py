"""Migration 0011, forward and back: disconnected and suspended are states of an account's row."""

import pytest

from monitors.storage.database import Database
from tests.monitors.storage.migrating import rows, run

pytestmark = pytest.mark.anyio

BEFORE = """
INSERT INTO slack_installations
 (enterprise_id, team_id, is_enterprise_install, installed_at, sealed)
 VALUES ('E1', 'T1', false, '2026-01-02 12:00:00', '');
INSERT INTO parallel_accounts (endpoint_id, team_id, api_key, webhook_secrets, created_at)
 VALUES ('e1', 'T1', 'sealed 1', 'secrets', '2026-01-02 12:00:00'),
 ('e0', '', '', '', '2026-01-02 12:00:00');
INSERT INTO left_accounts (endpoint_id, team_id, api_key, left_at)
 VALUES ('e2', 'T1', 'sealed 2', '2026-01-02 12:00:00'),
 ('e3', 'T2', 'sealed 3', '2026-01-02 12:00:00');
INSERT INTO troubles (endpoint_id, team_id, user_id, kind, since, ended_at)
 VALUES ('e1', 'T1', 'U1', 'bad_key', '2026-01-02 12:00:00', NULL),
 ('e0', 'T2', 'U2', 'no_credit', '2026-01-02 12:00:00', '2026-01-02 13:00:00')
"""


async def test_what_was_left_or_in_trouble_is_a_state_of_the_account_and_back(
    database: Database,
) -> None:
    await run(database, to="0005", back=True)
    await run(database, *BEFORE.split(";"), to="0011")
    found = await rows(
        database,
        "SELECT endpoint_id, team_id, enterprise_id, api_key, left_at IS NOT NULL,"
        " suspended_reason, suspended_since IS NOT NULL FROM parallel_accounts"
        " ORDER BY endpoint_id",
    )
    assert found == [
        ("e0", "", "", "", False, None, False),
        ("e1", "T1", "E1", "sealed 1", False, "bad_key", True),
        ("e2", "T1", "E1", "sealed 2", True, None, False),
        ("e3", "T2", "", "sealed 3", True, None, False),
    ]
    await run(database, to="0005", back=True)
    assert await rows(
        database, "SELECT endpoint_id, team_id, api_key FROM left_accounts ORDER BY endpoint_id"
    ) == [("e2", "T1", "sealed 2"), ("e3", "T2", "sealed 3")]
    assert await rows(
        database, "SELECT endpoint_id, webhook_secrets FROM parallel_accounts ORDER BY endpoint_id"
    ) == [("e0", ""), ("e1", "secrets")]
    await run(database, to="0011")
    assert len(await rows(database, "SELECT 1 FROM parallel_accounts")) == 4
