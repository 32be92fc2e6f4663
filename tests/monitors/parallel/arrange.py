"""Accounts, specs and homes to make monitors with."""

from monitors.model.account import ParallelAccount
from monitors.model.frequency import Frequency
from monitors.model.monitor import MonitorHome, MonitorSpec
from monitors.model.workspace import ThreadRef
from tests.sandbox.parallel.driver import KEY, OTHER_KEY

ACME = ParallelAccount("endpoint-of-acme", KEY, team_id="T1")
OTHER = ParallelAccount("endpoint-of-other", OTHER_KEY, team_id="T2")
SPEC = MonitorSpec("latest AI research papers")
FULL_SPEC = MonitorSpec(
    "prices < 100 € & “rates”",
    frequency=Frequency(6, "h"),
    processor="base",
    include_domains=("sec.gov",),
    exclude_domains=("reddit.com",),
    location="us",
    backfill=True,
)


def home(ts: str = "1700000000.000100", *, channel: str = "C1", app_id: str = "A1") -> MonitorHome:
    return MonitorHome(ThreadRef(channel, ts), team_id="T1", app_id=app_id, user_id="U1")


def webhook_url(account: ParallelAccount) -> str:
    return f"https://threadwatch.example/webhooks/parallel/{account.endpoint_id}"
