"""Everything the stand-in holds, and how to find it."""

import math
import random
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.parallel.errors import (
    BadKeyError,
    InvalidError,
    NoCreditError,
    NotFoundError,
    Problem,
    TooManyError,
)
from sandbox.parallel.fields import Metadata, Processor, Webhook, frequency_seconds
from sandbox.parallel.records import Account, Api, Monitor, TaskRun
from sandbox.parallel.settings import AccountSeed, ParallelSettings
from sandbox.parallel.wire_v1 import EventStreamSettings, SnapshotSettings

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What both versions' create requests come down to."""

    api: Api
    frequency: str
    settings: EventStreamSettings | SnapshotSettings
    processor: Processor = "lite"
    webhook: Webhook | None = None
    metadata: Metadata | None = None


class World:
    """Accounts and their monitors; one account never finds another's."""

    def __init__(self, settings: ParallelSettings, clock: Clock, rng: random.Random) -> None:
        self.settings = settings
        self.clock = clock
        self.rng = rng
        self._start = settings
        self._accounts: dict[str, Account] = {}
        self._monitors: dict[str, dict[str, Monitor]] = {}
        self._made = 0
        self.tasks: dict[str, TaskRun] = {}
        self.reset()

    def reset(self) -> None:
        """No monitors, and the accounts and settings of the start."""
        self.settings = self._start
        self._accounts.clear()
        self._monitors.clear()
        self.tasks.clear()
        for seed in self._start.accounts:
            self.open_account(seed)

    @property
    def accounts(self) -> tuple[Account, ...]:
        return tuple(self._accounts.values())

    def open_account(self, seed: AccountSeed) -> Account:
        """Idempotent by key: an account that is there already takes the name and the secret."""
        account = self._accounts.get(seed.api_key)
        if account is None:
            account = Account(seed.name, seed.api_key, [], seed.key_reading)
            self._accounts[seed.api_key] = account
            self._monitors[seed.api_key] = {}
        account.name, account.webhook_secrets = seed.name, [seed.webhook_secret]
        return account

    def account_named(self, name: str) -> Account | None:
        return next((each for each in self.accounts if each.name == name), None)

    def account_with(self, api_key: str | None) -> Account:
        account = self._accounts.get(api_key) if api_key else None
        if account is None:
            account = next((each for each in self.accounts if api_key in each.more_keys), None)
        if account is None or account.revoked:
            raise BadKeyError("Invalid or missing API key")
        return account

    def monitors_of(self, account: Account) -> list[Monitor]:
        """Newest first."""
        return list(reversed(self._monitors[account.api_key].values()))

    def all_monitors(self) -> list[Monitor]:
        return [monitor for account in self.accounts for monitor in self.monitors_of(account)]

    def monitor(self, account: Account, monitor_id: str) -> Monitor:
        monitor = self._monitors[account.api_key].get(monitor_id)
        if monitor is None:
            raise NotFoundError("Monitor not found")
        return monitor

    def create(self, account: Account, wish: Wish) -> Monitor:
        if not account.credit:
            raise NoCreditError("Insufficient credit in account")
        run = self._baseline(account, wish.settings)
        self._count_create(account)
        self._made += 1
        monitor = Monitor(
            monitor_id=self.new_id("monitor"),
            seq=self._made,
            account=account,
            api=wish.api,
            frequency=wish.frequency,
            settings=wish.settings,
            processor=wish.processor,
            webhook=wish.webhook,
            metadata=wish.metadata,
            created_at=self.clock.now(),
            next_run_at=self.clock.time() + frequency_seconds(wish.frequency),
        )
        if run is not None:
            monitor.baseline, monitor.snapshot = run, run.fields
        self._monitors[account.api_key][monitor.monitor_id] = monitor
        return monitor

    def task(self, account: Account, run_id: str) -> TaskRun:
        run = self.tasks.get(run_id)
        if run is None or run.account is not account:
            raise NotFoundError("Run id not found")
        return run

    def _baseline(
        self, account: Account, settings: EventStreamSettings | SnapshotSettings
    ) -> TaskRun | None:
        """The run that a snapshot monitor starts from: one of the account's, and completed."""
        if isinstance(settings, EventStreamSettings):
            return None
        run = self.tasks.get(settings.task_run_id)
        if run is None or run.account is not account or run.status != "completed":
            where = ("body", "settings", "task_run_id")
            raise InvalidError("Request validation error", [Problem(where, "no completed run")])
        return run

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{self.rng.getrandbits(128):032x}"

    def _count_create(self, account: Account) -> None:
        now, limit = self.clock.time(), self.settings.creates_per_minute
        while account.creates and account.creates[0] <= now - _MINUTE:
            account.creates.popleft()
        if len(account.creates) >= limit:
            free_at = account.creates[0] + _MINUTE if account.creates else now + _MINUTE
            # The caller waits in real time.
            seconds = math.ceil((free_at - now) / (self.clock.speed or 1.0))
            headers = {"retry-after": str(max(1, seconds))}
            raise TooManyError(
                f"At most {limit} monitors can be created per minute", headers=headers
            )
        account.creates.append(now)
