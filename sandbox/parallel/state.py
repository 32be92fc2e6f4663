"""What `/control/parallel/state` shows."""

from datetime import UTC, datetime

from sandbox.parallel.fields import JsonObject
from sandbox.parallel.records import Account, Monitor, TaskRun
from sandbox.parallel.render import iso
from sandbox.parallel.webhook_sender import Attempt, WebhookSender
from sandbox.parallel.world import World


def state(world: World, sender: WebhookSender, *, about: str = "") -> JsonObject:
    """`about`: of monitors and webhooks only those of a monitor, or of a channel that they name."""
    monitors = {
        each.monitor_id: each
        for each in world.all_monitors()
        if not about or about in {each.monitor_id, *(each.metadata or {}).values()}
    }
    tries = (each for each in sender.attempts if not about or each.delivery.monitor_id in monitors)
    return {
        "now": iso(world.clock.now()),
        "speed": world.clock.speed,
        "accounts": [account_state(account) for account in world.accounts],
        "monitors": [_monitor(monitor) for monitor in monitors.values()],
        "tasks": [_task(run) for run in world.tasks.values()],
        "deliveries": [_delivery(attempt) for attempt in tries],
    }


def account_state(account: Account) -> JsonObject:
    return {
        "name": account.name,
        "api_key": account.api_key,
        "webhook_secret": account.webhook_secrets[0],
        "webhook_secrets": [*account.webhook_secrets],
        "key_reading": account.key_reading,
        "credit": account.credit,
        "revoked": account.revoked,
    }


def _monitor(monitor: Monitor) -> JsonObject:
    return {
        "monitor_id": monitor.monitor_id,
        "account": monitor.account.name,
        "query": monitor.query,
        "type": monitor.type,
        "frequency": monitor.frequency,
        "processor": monitor.processor,
        "status": "active" if monitor.active else "cancelled",
        "metadata": dict(monitor.metadata) if monitor.metadata is not None else None,
        "webhook": monitor.webhook.model_dump() if monitor.webhook else None,
        "created_at": iso(monitor.created_at),
        "last_run_at": iso(monitor.last_run_at) if monitor.last_run_at else None,
        "next_run_at": _iso(monitor.next_run_at) if monitor.active else None,
        "executions": monitor.runs,
        "events": monitor.found,
        "api": monitor.api,
    }


def _task(run: TaskRun) -> JsonObject:
    return {
        "run_id": run.run_id,
        "account": run.account.name,
        "input": run.input,
        "processor": run.processor,
        "status": run.status,
        "previous_interaction_id": run.previous,
    }


def _delivery(attempt: Attempt) -> JsonObject:
    delivery, again = attempt.delivery, attempt.next_attempt_at
    return {
        "webhook_id": delivery.webhook_id,
        "monitor_id": delivery.monitor_id,
        "type": delivery.type,
        "url": delivery.url,
        "attempt": attempt.attempt,
        "status": attempt.status,
        "error": attempt.error,
        "at": iso(attempt.at),
        "next_attempt_at": _iso(again) if again is not None else None,
    }


def _iso(seconds: float) -> str:
    return iso(datetime.fromtimestamp(seconds, tz=UTC))
