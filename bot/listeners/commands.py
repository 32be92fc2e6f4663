"""`/monitor`, `/hourly`, `/help`."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.interactions import try_modal
from bot.listeners.services import Listener, ListenerRegistry, ListenerServices
from bot.slack.actor import Actor, Command
from monitors.blocks.decisions import not_started_message
from monitors.blocks.help import help_message, usage_message
from monitors.blocks.monitor_form import monitor_form
from monitors.model.command import BadCommand, is_control_word, parse_monitor_command
from monitors.model.frequency import DAILY, HOURLY
from monitors.model.intent import IntentKind
from monitors.model.message import Message
from monitors.model.monitor import MonitorSpec
from monitors.model.requests import ListRequest, StartRequest
from monitors.model.slack_text import unwrap_slack_text
from monitors.ports import StoreDownError
from monitors.texts import problem_texts, start_texts

_DEFAULTS: Final = {"monitor": DAILY, "hourly": HOURLY}


@dataclass(frozen=True, slots=True)
class _Command:
    services: ListenerServices
    actor: Actor
    payload: Command

    @property
    def text(self) -> str:
        return unwrap_slack_text(self.payload.text).strip()

    def named(self, name: str) -> str:
        return f"/{self.services.parts.prefix}{name}"


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    prefix = services.parts.prefix
    app.command(f"/{prefix}monitor")(_answered(services, partial(_start, name="monitor")))
    app.command(f"/{prefix}hourly")(_answered(services, partial(_start, name="hourly")))
    app.command(f"/{prefix}help")(_answered(services, _help))
    app.command(re.compile(""))(_answered(services, _correct))


def _answered(
    services: ListenerServices, work: Callable[[_Command], Awaitable[Message]]
) -> Listener:
    """`work` returns what the person sees right away; nothing, if its text is empty."""

    async def listener(ack: AsyncAck, asked: Command, actor: Actor) -> None:
        message = await work(_Command(services, actor, asked))
        if not message.text:
            await ack()
            return
        blocks = [dict(block) for block in message.blocks]
        await ack(text=message.text, blocks=blocks, response_type="ephemeral")

    return listener


async def _correct(command: _Command) -> Message:
    """For a command that Slack knows of this app by another name than the settings do."""
    typed = command.payload.command
    name = next((n for n in _DEFAULTS if typed.endswith(n)), None)
    if name is None:
        return await _help(command)
    right = command.named(name)
    refusal = start_texts.no_such_command(typed, right=right)
    corrected = f"{right} {command.text}".strip()
    return not_started_message(refusal, typed=f"{typed} {command.text}", corrected=corrected)


async def _start(command: _Command, *, name: str) -> Message:
    services, actor, payload = command.services, command.actor, command.payload
    workspace, reply_to = actor.workspace, actor.reply_to(payload.response_url)
    typed = f"{command.named(name)} {command.text}"
    asked = parse_monitor_command(payload.text, default=_DEFAULTS[name])
    match asked:
        case MonitorSpec(query="") if await services.accounts.health(workspace) is not None:
            channel = None if actor.is_group_dm else actor.in_channel
            form = monitor_form(asked, channel=channel)
            if await try_modal(services, payload.trigger_id, actor, form) is None:
                return usage_message(services.parts.prefix)
            return Message(text="")
        case "list" | MonitorSpec(query=""):
            # No form is filled in vain: without an account, the list says what is missing.
            return await _take(command, IntentKind.LIST, ListRequest(workspace, reply_to))
        case "help":
            return await _help(command)
        case MonitorSpec(query=query):
            is_word = is_control_word(query)
            request = StartRequest(workspace, asked, reply_to, typed, is_control_word=is_word)
            # Nothing is said: the card appears, and what stays above it for ever would not be true.
            return await _take(command, IntentKind.START, request)
        case BadCommand(explanation, corrected):
            again = f"{command.named(name)} {corrected}" if corrected else ""
            return not_started_message(explanation, typed=typed, corrected=again)


async def _take(
    command: _Command, kind: IntentKind, request: StartRequest | ListRequest
) -> Message:
    intent_id = command.payload.trigger_id
    try:
        await command.services.parts.submit_intent(kind, request, intent_id=intent_id)
    except StoreDownError as error:
        # Slack neither retries a command nor explains a 5xx, so the answer says what happened.
        typed = request.typed if isinstance(request, StartRequest) else ""
        return not_started_message(problem_texts.not_saved(error), typed=typed)
    return Message(text="")


async def _help(command: _Command) -> Message:
    services = command.services
    account = await services.accounts.health(command.actor.workspace)
    return help_message(
        services.parts.prefix,
        account=account,
        links=services.parts.links,
        has_webhooks=services.has_webhooks,
    )
