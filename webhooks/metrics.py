"""What the door counts. Labels are our own few words, never an outsider's."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter

from webhooks.signature import Reading


class Verdict(StrEnum):
    """What became of one request."""

    ACCEPTED = "accepted"
    HINT = "hint"
    """Accepted unsigned: the account has no webhook secret."""
    TEST = "test"
    """Accepted, and nobody's news: Parallel was asked to simulate it."""
    IGNORED = "ignored"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"
    MALFORMED = "malformed"
    QUEUE_DOWN = "queue_down"
    STORE_DOWN = "store_down"
    HUNG_UP = "hung_up"


class WebhookMetrics:
    """Counters in the registry given; their label values are all made at once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        requests = Counter(
            "threadwatch_webhooks",
            "Requests to Parallel's door, by what became of them.",
            ["verdict"],
            registry=registry,
        )
        readings = Counter(
            "threadwatch_webhook_signatures",
            "Verified webhooks, by the reading of the secret that their signature used.",
            ["reading"],
            registry=registry,
        )
        self._requests = {verdict: requests.labels(verdict.value) for verdict in Verdict}
        self._readings: dict[Reading, Counter] = {
            "raw": readings.labels("raw"),
            "base64": readings.labels("base64"),
        }

    def count(self, verdict: Verdict) -> None:
        self._requests[verdict].inc()

    def count_reading(self, reading: Reading) -> None:
        self._readings[reading].inc()
