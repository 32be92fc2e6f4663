"""The app's counters, in their own registry."""

from prometheus_client import CollectorRegistry, Counter, generate_latest

from monitors.delivery.address import Dropped
from webhooks.metrics import WebhookMetrics


class Metrics:
    """Created once in wiring; `render` is the answer of `GET /metrics`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = WebhookMetrics(self.registry)
        self._jobs = Counter(
            "threadwatch_jobs_total",
            "Attempts of jobs, by kind and outcome",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._slack = Counter(
            "threadwatch_slack_requests_total",
            "Requests at Slack's door, by what became of them",
            ["verdict"],
            registry=self.registry,
        )

        dropped = Counter(
            "threadwatch_hints_dropped_total",
            "Hints of monitors that are not the account's, or not ours",
            ["reason"],
            registry=self.registry,
        )
        self._dropped: dict[str, Counter] = {
            reason: dropped.labels(reason.value) for reason in Dropped
        }

    def count_dropped(self, reason: str) -> None:
        self._dropped[reason].inc()

    def count_job(self, kind: str, outcome: str) -> None:
        self._jobs.labels(kind, outcome).inc()

    def count_slack(self, verdict: str) -> None:
        self._slack.labels(verdict).inc()

    def render(self) -> bytes:
        return generate_latest(self.registry)
