"""The settings in the Home tab: buttons that open modals, and the modals' submissions.

Slack is asked whether a person is an admin when a modal is filled, and again when it is submitted.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from slack_bolt.async_app import AsyncAck

from bot.listeners.admins import admin_of
from bot.listeners.modals import open_modal, submit_once
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ShortcutPayload, SubmissionPayload, ViewActionPayload
from monitors.accounts.home import ask_home, ask_modal, identity_of
from monitors.blocks.account import (
    CHANGE,
    OPEN_CONNECT,
    SECRET,
    SECRET_BLOCK,
    SECRET_CHARACTERS,
    UNLINK,
    looking_modal,
    secret_kept_modal,
    secret_modal,
)
from monitors.blocks.notices import CONNECT, notice_modal
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.requests import DisconnectRequest
from monitors.model.view_requests import Asked
from monitors.ports import QueueDownError, StoreDownError, StoreInDoubtError
from monitors.texts import account_texts, problem_texts

_BUTTONS: Final = {CONNECT: Asked.CONNECT, CHANGE: Asked.CHANGE, UNLINK: Asked.DISCONNECT}

Listener = Callable[[AsyncAck, dict[str, object], Actor], Awaitable[None]]


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    for action_id, asked in _BUTTONS.items():
        app.action(action_id)(_asking(services, asked))
    app.action(SECRET)(_asking_secret(services))
    app.action(OPEN_CONNECT)(_nothing)
    app.view(UNLINK)(_disconnecting(services))
    app.view(SECRET)(_keeping_secret(services))


async def _nothing(ack: AsyncAck) -> None:
    """The browser has followed the link."""
    await ack()


def _asking(services: ListenerServices, asked: Asked) -> Listener:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        # In the Home tab, or under a message.
        payload = ShortcutPayload.model_validate(body)
        opened = await open_modal(services, payload.trigger_id, actor, looking_modal())
        if opened is not None:
            await ask_modal(
                services.queue, actor.workspace, actor.person, view_id=opened.id, asked=asked
            )
        await ack()

    return pressed


def _asking_secret(services: ListenerServices) -> Listener:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ViewActionPayload.model_validate(body)
        await open_modal(services, payload.trigger_id, actor, secret_modal())
        await ack()

    return pressed


def _disconnecting(services: ListenerServices) -> Listener:
    async def sent(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        work = partial(_disconnect, services, payload, actor)
        shown = await submit_once(services, payload, actor, work)
        view = notice_modal(shown) if isinstance(shown, str) else shown
        await ack(response_action="update", view=dict(view))

    return sent


async def _disconnect(
    services: ListenerServices, payload: SubmissionPayload, actor: Actor
) -> Block | str:
    """Disconnect the account and have its monitors cancelled.

    Returns the modal to show, or why nothing was changed.
    """
    workspace = actor.workspace
    person = await admin_of(services, actor)
    if isinstance(person, str):
        return person
    try:
        account = await services.accounts.for_workspace(workspace)
        health = await services.accounts.health(workspace)
        app_id = await services.app_id(workspace)
        if account is None or health is None or health.is_operators or app_id is None:
            return account_texts.NOTHING_LINKED
        if identity_of(health) != payload.view.private_metadata:
            return account_texts.CHANGED_MEANWHILE
        request = DisconnectRequest(
            workspace=workspace,
            endpoint_id=account.endpoint_id,
            linked_at=health.linked_at,
            app_id=app_id,
            by_user_id=person.user_id,
            by_name=person.name,
        )
        await services.submit_intent(
            IntentKind.DISCONNECT,
            request,
            intent_id=f"unlink:{workspace.team_id}:{payload.view.id}",
        )
    except StoreInDoubtError:
        return problem_texts.PERHAPS_DONE
    except StoreDownError:
        return problem_texts.NOT_KEPT
    # The intent does it too; but an admin who reads "disconnected" may connect another at once.
    with suppress(StoreDownError):
        await services.accounts.disconnect(workspace, account.endpoint_id, health.linked_at)
    await _redraw_home(services, payload, actor)
    return notice_modal(account_texts.DISCONNECTED)


def _keeping_secret(services: ListenerServices) -> Listener:
    async def sent(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = SubmissionPayload.model_validate(body)
        work = partial(_keep_secret, services, payload, actor)
        kept = await submit_once(services, payload, actor, work)
        if isinstance(kept, str):
            await ack(response_action="errors", errors={SECRET_BLOCK: kept})
        else:
            await ack(response_action="update", view=dict(kept))

    return sent


async def _keep_secret(
    services: ListenerServices, payload: SubmissionPayload, actor: Actor
) -> Block | str:
    """Store the new secret; returns the modal to show, or why it was not stored."""
    secret = payload.typed(SECRET_BLOCK).strip()
    if not secret or len(secret) > SECRET_CHARACTERS or len(secret.split()) > 1:
        return account_texts.NOT_ONE_WORD
    person = await admin_of(services, actor)
    if isinstance(person, str):
        return person
    try:
        if await services.accounts.add_secret(actor.workspace, secret) is None:
            return account_texts.NOTHING_LINKED
    except StoreInDoubtError:
        return problem_texts.PERHAPS_DONE
    except StoreDownError:
        return problem_texts.NOT_KEPT
    health = None
    with suppress(StoreDownError):
        health = await services.accounts.health(actor.workspace)
    await _redraw_home(services, payload, actor)
    # A moment later than the answer below, which shows the modal that the result replaces. Without
    # Redis, the next real webhook tells.
    with suppress(QueueDownError):
        await ask_modal(
            services.queue,
            actor.workspace,
            actor.person,
            view_id=payload.view.id,
            asked=Asked.TEST_SECRET,
            delay_seconds=1.0,
        )
    until = health.old_secrets_until if health else None
    return secret_kept_modal(until)


async def _redraw_home(
    services: ListenerServices, payload: SubmissionPayload, actor: Actor
) -> None:
    try:
        await ask_home(services.queue, actor.workspace, actor.person, after=payload.view.id)
    except QueueDownError:
        # The change is made; the Home tab shows it when it is next opened.
        return
