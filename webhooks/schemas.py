"""Parallel's three webhooks, read only as far as needed: which monitor, which event group.

The job reads everything else from Parallel. So nothing else can make a webhook unreadable, such as
absent or null metadata, v1alpha's format, or fields of later versions.
"""

from typing import Annotated, Final

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from monitors.model.json_text import UnreadableError, json_of

# Ids become part of job keys, so their characters and length are limited.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,199}$")]


class UnreadableWebhookError(ValueError):
    """Not JSON, not UTF-8, or not a webhook."""


def _text_or_nothing(value: object) -> str:
    return value if isinstance(value, str) else ""


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str


class Webhook(_Envelope):
    """An execution of a monitor ended."""

    monitor_id: Annotated[Id, Field(validation_alias=AliasPath("data", "monitor_id"))]


class Detected(Webhook):
    """An execution found something.

    The group stands under either name, in the event or, as in some v1alpha samples, next to it.
    `team_id` is the workspace claimed by the webhook's metadata, "" if none. Use it for fairness
    only, never for authorisation.
    """

    group_id: Annotated[
        Id,
        Field(
            validation_alias=AliasChoices(
                AliasPath("data", "event", "event_group_id"),
                AliasPath("data", "event", "monitor_group_id"),
                AliasPath("data", "event_group_id"),
                AliasPath("data", "monitor_group_id"),
            )
        ),
    ]
    team_id: Annotated[
        str,
        BeforeValidator(_text_or_nothing),
        Field(validation_alias=AliasPath("data", "metadata", "slack_team_id")),
    ] = ""


FAILED: Final = "monitor.execution.failed"
_TYPES: Final[dict[str, type[Webhook]]] = {
    "monitor.event.detected": Detected,
    "monitor.execution.completed": Webhook,
    FAILED: Webhook,
}


def read_webhook(body: bytes) -> Webhook | None:
    """None if this version doesn't know its type. Raises UnreadableWebhookError.

    Call it only with verified bytes.
    """
    try:
        content = json_of(body)
        kind = _TYPES.get(_Envelope.model_validate(content).type)
        return None if kind is None else kind.model_validate(content)
    except (ValidationError, UnreadableError):
        # Without its cause: pydantic quotes the body in its text.
        raise UnreadableWebhookError from None
