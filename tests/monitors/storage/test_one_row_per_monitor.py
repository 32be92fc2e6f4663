"""Migrations 0009 and 0013, forward and back, on tables with something in them."""

import pytest

from monitors.storage.database import Database
from tests.monitors.storage.migrating import rows, run

pytestmark = pytest.mark.anyio

# m1 is settled and healthy, m2 suspended in the middle of a group, m3 new, m4 suspended without a
# baseline.
BEFORE = """
INSERT INTO slack_installations
 (enterprise_id, team_id, is_enterprise_install, installed_at, sealed)
 VALUES ('E1', 'T1', false, '2026-01-02 12:00:00', '');
INSERT INTO baselines (team_id, monitor_id, endpoint_id, since, mark)
 VALUES ('T1', 'm1', 'e1', '2026-01-02 12:00:00', 'g2'),
 ('T1', 'm2', 'e1', '2026-01-02 12:00:00', 'g1'),
 ('T2', 'm3', 'e2', '2026-01-02 12:00:00', NULL);
INSERT INTO stranded
 (team_id, monitor_id, endpoint_id, channel, ts, code, findings_wait, since, again_at, told_at)
 VALUES ('T1', 'm2', 'e1', 'C1', '1.2', 'is_archived', true, '2026-01-02 12:00:00',
 '2026-01-02 13:00:00', NULL),
 ('T2', 'm4', 'e2', 'C2', '3.4', 'not_in_channel', false, '2026-01-02 12:00:00',
 '2026-01-02 13:00:00', '2026-01-02 12:30:00');
INSERT INTO ledger
 (team_id, monitor_id, group_id, part, parts, state, channel, ts, changed_at)
 VALUES ('T1', 'm1', 'g2', 0, 2, 'posted', 'C1', '5.6', '2026-01-02 12:00:00'),
 ('T1', 'm1', 'g2', 1, 2, 'dead', 'C1', NULL, '2026-01-02 12:00:00'),
 ('T1', 'm2', 'g3', 0, 2, 'posted', 'C1', '7.8', '2026-01-02 12:00:00'),
 ('T1', 'm2', 'g3', 1, 2, 'claimed', 'C1', NULL, '2026-01-02 12:00:00'),
 ('T1', 'm1', 'unlinked', 0, 1, 'posted', 'C1', '9.1', '2026-01-02 12:00:00')
"""
OF_LEDGER = "SELECT monitor_id, {0}, part, state, ts FROM ledger ORDER BY monitor_id, {0}, part"


async def test_baselines_and_stranded_become_rows_of_monitors_and_back(
    database: Database,
) -> None:
    await run(database, to="0005", back=True)
    await run(database, *BEFORE.split(";"), to="0009")
    assert await rows(
        database,
        "SELECT monitor_id, team_id, enterprise_id, endpoint_id, channel, thread_ts, cursor,"
        " suspended_reason, findings_wait, notified_at IS NOT NULL FROM monitors"
        " ORDER BY monitor_id",
    ) == [
        ("m1", "T1", "E1", "e1", "", "", '["group:g2"]', None, False, False),
        ("m2", "T1", "E1", "e1", "C1", "1.2", '["group:g1"]', "is_archived", True, False),
        ("m3", "T2", "", "e2", "", "", '["start"]', None, False, False),
        ("m4", "T2", "", "e2", "C2", "3.4", None, "not_in_channel", False, True),
    ]
    assert await rows(database, OF_LEDGER.format("event_id")) == [
        ("m1", "group:g2", -1, "posted", "5.6"),
        ("m1", "unlinked", 0, "posted", "9.1"),
        ("m2", "group:g3", 0, "posted", "7.8"),
        ("m2", "group:g3", 1, "posting", None),
    ]
    await run(database, to="0005", back=True)
    assert await rows(database, "SELECT monitor_id, mark FROM baselines ORDER BY monitor_id") == [
        ("m1", "g2"),
        ("m2", "g1"),
        ("m3", None),
    ]
    assert await rows(
        database, "SELECT monitor_id, channel, ts, code FROM stranded ORDER BY monitor_id"
    ) == [("m2", "C1", "1.2", "is_archived"), ("m4", "C2", "3.4", "not_in_channel")]
    assert [row[1:3] for row in await rows(database, OF_LEDGER.format("group_id"))] == [
        ("g2", 0),
        ("unlinked", 0),
        ("g3", 0),
        ("g3", 1),
    ]


async def test_refused_webhooks_are_forgotten_by_the_version_before_and_the_account_is_not(
    database: Database,
) -> None:
    account = (
        "INSERT INTO parallel_accounts (endpoint_id, team_id, enterprise_id, api_key,"
        " webhook_secrets, created_at) VALUES ('e1', 'T1', '', 'sealed', '', '2026-01-02 12:00:00')"
    )
    refused = "UPDATE parallel_accounts SET webhooks_refused_at = '2026-01-02 12:00:00'"
    await run(database, account, refused, to="0012", back=True)
    assert await rows(database, "SELECT endpoint_id, api_key FROM parallel_accounts") == [
        ("e1", "sealed")
    ]
    await run(database, to="0013")
    assert await rows(
        database, "SELECT endpoint_id, webhooks_refused_at FROM parallel_accounts"
    ) == [("e1", None)]
