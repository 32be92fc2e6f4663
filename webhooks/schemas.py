"""Parallel's three webhooks, read only as far as needed: which monitor, which event group.

The job reads everything else from Parallel. So nothing else can make a webhook unreadable, such as
absent or null metadata, v1alpha's format, or fields of later versions.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)

DETECTED: Final = "monitor.event.detected"
COMPLETED: Final = "monitor.execution.completed"
FAILED: Final = "monitor.execution.failed"

# Ids become part of job keys, so their characters and length are limited.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,199}$")]


class UnreadableWebhookError(ValueError):
    """Not JSON, not UTF-8, or not a webhook."""


@dataclass(frozen=True, slots=True)
class Detected:
    """An execution found something.

    `team_id` is the workspace claimed by the webhook's metadata, "" if none. Use it for fairness
    only, never for authorisation.
    """

    monitor_id: str
    group_id: str
    team_id: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """An execution found nothing."""

    monitor_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    monitor_id: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A type that this version doesn't know."""


Webhook = Detected | Completed | Failed | Unknown


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Envelope(_Wire):
    type: str
    data: JsonValue = None


class _Execution(_Wire):
    monitor_id: Id


class _Finding(_Execution):
    """The group, under either name, in the event or, as in some v1alpha samples, next to it."""

    group_id: Annotated[
        Id,
        Field(
            validation_alias=AliasChoices(
                AliasPath("event", "event_group_id"),
                AliasPath("event", "monitor_group_id"),
                "event_group_id",
                "monitor_group_id",
            )
        ),
    ]
    metadata: JsonValue = None

    @property
    def team_id(self) -> str:
        claimed = self.metadata.get("slack_team_id") if isinstance(self.metadata, dict) else None
        return claimed if isinstance(claimed, str) else ""


def read_webhook(body: bytes) -> Webhook:
    """Raises UnreadableWebhookError. Call it only with verified bytes."""
    try:
        envelope = _Envelope.model_validate_json(body)
        if envelope.type == DETECTED:
            finding = _Finding.model_validate(envelope.data)
            return Detected(finding.monitor_id, finding.group_id, finding.team_id)
        if envelope.type == COMPLETED:
            return Completed(_Execution.model_validate(envelope.data).monitor_id)
        if envelope.type == FAILED:
            return Failed(_Execution.model_validate(envelope.data).monitor_id)
    except ValidationError:
        # Without its cause: pydantic quotes the body in its text.
        raise UnreadableWebhookError from None
    return Unknown()
