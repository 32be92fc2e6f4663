"""Counters of webhooks. Their labels are fixed words, never an outsider's."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter

from webhooks.signature import ENCODINGS, KeyEncoding


class Verdict(StrEnum):
    """The result of one request."""

    ACCEPTED = "accepted"
    HINT = "hint"
    """Accepted unsigned: the account has no webhook secret."""
    TEST = "test"
    """Accepted, but only a test: Parallel was asked to simulate it."""
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
    """Counters in the given registry; all label values are created at the start."""

    def __init__(self, registry: CollectorRegistry) -> None:
        requests = Counter(
            "threadwatch_webhooks",
            "Requests to Parallel's door, by what became of them.",
            ["verdict"],
            registry=registry,
        )
        encodings = Counter(
            "threadwatch_webhook_signatures",
            "Verified webhooks, by the encoding of the secret that their signature used.",
            ["encoding"],
            registry=registry,
        )
        self._requests = {verdict: requests.labels(verdict.value) for verdict in Verdict}
        self._encodings = {each: encodings.labels(each) for each in ENCODINGS}

    def count(self, verdict: Verdict) -> None:
        self._requests[verdict].inc()

    def count_encoding(self, encoding: KeyEncoding) -> None:
        self._encodings[encoding].inc()
