"""`/monitor`, `/hourly`, `/help`."""

import re
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncAck

from bot.listeners.interactions import try_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import CommandPayload
from monitors.blocks.decisions import not_started_message
from monitors.blocks.help import help_message, usage_message
from monitors.blocks.monitor_form import monitor_form
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
from monitors.model.slack_text import unwrap_slack_text
from monitors.ports import StoreDownError, StoreInDoubtError
from monitors.texts import problem_texts, start_texts

CommandListener = Callable[[AsyncAck, dict[str, object], Actor], Awaitable[None]]


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    prefix = services.command_prefix
    for name, listener in (
        ("monitor", _starting(services, f"/{prefix}monitor", DAILY)),
        ("hourly", _starting(services, f"/{prefix}hourly", HOURLY)),
        ("help", _helping(services)),
    ):
        app.command(f"/{prefix}{name}")(listener)
    app.command(re.compile(""))(_correcting(services))


def _starting(services: ListenerServices, name: str, default: Frequency) -> CommandListener:
    async def start(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = CommandPayload.model_validate(body)
        typed = f"{name} {unwrap_slack_text(payload.text).strip()}"
        await _answer(ack, await _start(services, payload, actor, default, typed=typed))

    return start


def _helping(services: ListenerServices) -> CommandListener:
    async def explain(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        del body
        await _answer(ack, await _help(services, actor))

    return explain


def _correcting(services: ListenerServices) -> CommandListener:
    """For a command that Slack knows of this app by another name than the settings do."""

    async def correct(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = CommandPayload.model_validate(body)
        name = next((n for n in ("monitor", "hourly") if payload.command.endswith(n)), None)
        if name is None:
            await _answer(ack, await _help(services, actor))
            return
        text = unwrap_slack_text(payload.text).strip()
        typed = f"{payload.command} {text}"
        right = f"/{services.command_prefix}{name}"
        refusal = start_texts.no_such_command(payload.command, right=right)
        corrected = f"{right} {text}".strip()
        await _answer(ack, not_started_message(refusal, typed=typed, corrected=corrected))

    return correct


async def _start(
    services: ListenerServices,
    payload: CommandPayload,
    actor: Actor,
    default: Frequency,
    *,
    typed: str,
) -> Message:
    """Do what the command asks; returns what the person sees right away."""
    workspace, reply_to = actor.workspace, actor.reply_to(payload.response_url)
    command = parse_monitor_command(payload.text, default=default)
    if isinstance(command, EmptyCommand) and await services.accounts.health(workspace) is None:
        # No form is filled in vain: the list says what is missing.
        command = ListCommand()
    match command:
        case StartCommand(spec, is_control_word):
            request = StartRequest(workspace, spec, reply_to, typed, is_control_word)
            # Nothing is said: the card appears, and what stays above it for ever would not be true.
            return await _take(services, payload, IntentKind.START, request)
        case ListCommand():
            request = ListRequest(workspace, reply_to)
            return await _take(services, payload, IntentKind.LIST, request)
        case HelpCommand():
            return await _help(services, actor)
        case EmptyCommand(spec):
            channel = None if actor.is_group_dm else actor.in_channel
            form = monitor_form(spec, channel=channel)
            if await try_modal(services, payload.trigger_id, actor, form) is None:
                return usage_message(services.command_prefix)
            return Message(text="")
        case BadCommand(explanation, corrected):
            name = typed.partition(" ")[0]
            again = f"{name} {corrected}" if corrected else ""
            return not_started_message(explanation, typed=typed, corrected=again)


async def _take(
    services: ListenerServices,
    payload: CommandPayload,
    kind: IntentKind,
    request: StartRequest | ListRequest,
) -> Message:
    try:
        await services.submit_intent(kind, request, intent_id=payload.trigger_id)
    except StoreDownError as error:
        # Slack neither retries a command nor explains a 5xx, so the answer says what happened.
        typed = request.typed if isinstance(request, StartRequest) else ""
        is_known = not isinstance(error, StoreInDoubtError)
        reason = problem_texts.NOT_WRITTEN_DOWN if is_known else problem_texts.PERHAPS_DONE
        return not_started_message(reason, typed=typed)
    return Message(text="")


async def _help(services: ListenerServices, actor: Actor) -> Message:
    account = await services.accounts.health(actor.workspace)
    return help_message(services.command_prefix, account=account, links=services.operator_links)


async def _answer(ack: AsyncAck, message: Message) -> None:
    if not message.text:
        await ack()
        return
    blocks = [dict(block) for block in message.blocks]
    await ack(text=message.text, blocks=blocks, response_type="ephemeral")
