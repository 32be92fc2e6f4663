"""The form behind the Home tab's rules, and the answers to what admins are asked.

Slack is asked at each submission and answer whether an admin sent it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.admins import admin_of
from bot.listeners.modals import open_modal
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload, SubmissionPayload, ViewActionPayload
from monitors.blocks.decisions import APPROVE, DECLINE, TAKE_OVER
from monitors.blocks.notices import note_message, notice_modal
from monitors.blocks.rules import BUDGETS, CHANGES, CHANNELS, RULES, RULES_TITLE, STARTS, rules_form
from monitors.model.codec import encode
from monitors.model.intent import IntentKind
from monitors.model.requests import AdminAnswer, RulesRequest
from monitors.model.rules import Budgets, Rules, Who
from monitors.ports import StoreDownError
from monitors.texts import problem_texts, rule_texts

_MOST_DOLLARS: Final = 1_000_000

Listener = Callable[[AsyncAck, dict[str, object], Actor], Awaitable[None]]


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    app.action(RULES)(_showing(services))
    app.view(RULES)(_saving(services))
    app.action(APPROVE)(_answering(services, IntentKind.APPROVE))
    app.action(DECLINE)(_answering(services, IntentKind.DECLINE))
    app.action(TAKE_OVER)(_answering(services, IntentKind.TAKE_OVER))


def _showing(services: ListenerServices) -> Listener:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        rules = (await services.rules.of(actor.workspace)).rules
        form = rules_form(rules, shown=encode(rules))
        await open_modal(services, payload.trigger_id, actor, form)
        await ack()

    return pressed


def _saving(services: ListenerServices) -> Listener:
    async def sent(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        budgets = {block_id: _dollars(payload.typed(block_id)) for block_id in BUDGETS}
        errors = {each: rule_texts.NOT_DOLLARS for each, usd in budgets.items() if usd == -1}
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        said = await _save(services, payload, actor, Budgets(*budgets.values()))
        await ack(response_action="update", view=dict(notice_modal(said, title=RULES_TITLE)))

    return sent


async def _save(
    services: ListenerServices, payload: SubmissionPayload, actor: Actor, budgets: Budgets
) -> str:
    workspace = actor.workspace
    admin = await admin_of(services, actor)
    if isinstance(admin, str):
        return admin
    now = (await services.rules.of(workspace)).rules
    if encode(now) != payload.view.private_metadata:
        return rule_texts.CHANGED_MEANWHILE
    rules = Rules(
        who_starts=_who(payload.chosen(STARTS), now.who_starts),
        who_changes=_who(payload.chosen(CHANGES), now.who_changes),
        channels=tuple(sorted(payload.conversations(CHANNELS))),
        budgets=budgets,
    )
    try:
        await services.submit_intent(
            IntentKind.RULES,
            RulesRequest(workspace, rules, admin.user_id),
            intent_id=f"rules:{workspace.team_id}:{payload.view.id}",
        )
    except StoreDownError:
        return problem_texts.PERHAPS_DONE
    return rule_texts.RULES_SAVED


def _who(chosen: str, now: Who) -> Who:
    return next((each for each in Who if each.value == chosen), now)


def _dollars(typed: str) -> int | None:
    """None for no limit, -1 for what isn't a whole number of dollars."""
    text = typed.strip().removeprefix("$").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit()
    return int(text) if is_number and int(text) <= _MOST_DOLLARS else -1


def _answering(services: ListenerServices, kind: IntentKind) -> Listener:
    """Of the admins who were asked, the first to answer has it done: one question, one intent."""

    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        asked = next(a.value or "" for a in payload.actions)
        reply_to = actor.reply_to(payload.response_url)
        admin = await admin_of(services, actor)
        if isinstance(admin, str):
            note = note_message(admin)
            await services.poster.post_ephemeral(actor.workspace, reply_to, note)
        else:
            await services.submit_intent(
                kind,
                AdminAnswer(actor.workspace, replace(reply_to, replaces=True), asked),
                intent_id=f"answer:{actor.workspace.team_id}:{asked}",
            )
        await ack()

    return pressed
