"""`/monitor`, `/hourly`, `/help`."""

from collections.abc import Awaitable, Callable
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.blocks.help import help_message, usage_message
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.payloads import CommandPayload
from monitors import texts
from monitors.model.command import (
    BadCommand,
    EmptyCommand,
    HelpCommand,
    ListCommand,
    StartCommand,
    parse_monitor_command,
)
from monitors.model.frequency import DAILY, HOURLY, Frequency
from monitors.model.intent import IntentKind
from monitors.model.message import Message
from monitors.model.requests import ListRequest, StartRequest
from monitors.ports import StoreDownError

SETTING_UP: Final = "Setting up your monitor…"

CommandListener = Callable[[AsyncAck, dict[str, object]], Awaitable[None]]


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    prefix = services.command_prefix
    for name, listener in (
        ("monitor", _starting(services, DAILY)),
        ("hourly", _starting(services, HOURLY)),
        ("help", _helping(services)),
    ):
        app.command(f"/{prefix}{name}")(listener)


def _starting(services: ListenerServices, default: Frequency) -> CommandListener:
    async def start(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = CommandPayload.model_validate(body)
        await _answer(ack, await _start(services, payload, default))

    return start


def _helping(services: ListenerServices) -> CommandListener:
    async def explain(ack: AsyncAck, body: dict[str, object]) -> None:
        payload = CommandPayload.model_validate(body)
        await _answer(ack, await _help(services, payload))

    return explain


async def _start(
    services: ListenerServices, payload: CommandPayload, default: Frequency
) -> Message:
    """Do what the command asks; returns what the person sees right away."""
    match parse_monitor_command(payload.text, default=default):
        case StartCommand(spec):
            request = StartRequest(payload.workspace, spec, payload.reply_to)
            return await _take(services, payload, IntentKind.START, request, said=SETTING_UP)
        case ListCommand():
            request = ListRequest(payload.workspace, payload.reply_to)
            return await _take(services, payload, IntentKind.LIST, request, said="")
        case HelpCommand():
            return await _help(services, payload)
        case EmptyCommand():
            return usage_message(services.command_prefix)
        case BadCommand(explanation):
            return services.renderer.note(explanation)


async def _take(
    services: ListenerServices,
    payload: CommandPayload,
    kind: IntentKind,
    request: StartRequest | ListRequest,
    *,
    said: str,
) -> Message:
    try:
        await services.submit_intent(
            payload.workspace, intent_id=payload.trigger_id, kind=kind, request=request
        )
    except StoreDownError:
        services.submit_intent.intents.withdraw(payload.trigger_id)
        # Slack neither retries a command nor explains a 5xx, so the answer says what happened.
        return services.renderer.note(texts.NOT_WRITTEN_DOWN)
    return Message(text=said)


async def _help(services: ListenerServices, payload: CommandPayload) -> Message:
    account = await services.accounts.health(payload.workspace)
    return help_message(services.command_prefix, account=account)


async def _answer(ack: AsyncAck, message: Message) -> None:
    if not message.text:
        await ack()
        return
    blocks = [dict(block) for block in message.blocks]
    await ack(text=message.text, blocks=blocks, response_type="ephemeral")
