"""What people press and send in Slack, and what a listener may do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from slack_bolt.async_app import AsyncAck

from bot.listeners.services import Listener, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import MissingFieldError, PressPayload, SubmissionPayload, View
from bot.slack.views import OpenedView
from monitors.blocks.kit import BadFormError
from monitors.blocks.notices import note_message
from monitors.model.codec import encode
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.person import Person
from monitors.model.requests import ReplyTo
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import MonitorModalRequest
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError, StoreDownError
from monitors.texts import account_texts, problem_texts
from monitors.watching.ask_show import ask_home
from monitors.work.intents import OfWorkspace

# Slack waits three seconds for the answer to a modal: this leaves time to explain a timeout.
_ADMIN_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class _Interaction:
    services: ListenerServices
    actor: Actor

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace

    async def admin(self) -> Person | str:
        """Who it is, if Slack says now that they are an admin; else why nothing is changed."""
        try:
            async with asyncio.timeout(_ADMIN_SECONDS):
                person = await self.services.people.person(self.workspace, self.actor.person)
        except (SlackPostError, TimeoutError):
            return account_texts.ADMIN_UNKNOWN
        return person if person.is_admin else account_texts.ADMINS_ONLY

    async def redraw_home(self, *, after: str = "") -> None:
        """If it can't be now, the tab shows the change when it is next opened."""
        with suppress(QueueDownError):
            await ask_home(self.services.queue, self.workspace, self.actor.person, after=after)


@dataclass(frozen=True, slots=True)
class Press(_Interaction):
    """A button, a menu or a shortcut."""

    payload: PressPayload

    @property
    def once(self) -> str:
        """Slack's own name of it: pressed once, it comes with the same one each time."""
        return self.payload.trigger_id

    @property
    def action_id(self) -> str:
        return self.payload.actions[0].action_id

    @property
    def value(self) -> str:
        """The button's, or what was chosen in the menu."""
        return next(self.payload.actions[0].values, "")

    @property
    def view(self) -> View:
        """Where it was pressed. Raises MissingFieldError."""
        if self.payload.view is None:
            raise MissingFieldError("the request names no view")
        return self.payload.view

    @property
    def reply_to(self) -> ReplyTo:
        """Where the person waits for an answer. Raises MissingFieldError."""
        return self.actor.reply_to(self.payload.response_url)

    async def submit(self, kind: IntentKind, request: OfWorkspace, *, once: str = "") -> None:
        """Raises StoreDownError. With the same `once` it is one intent."""
        await self.services.submit_intent(kind, request, intent_id=once or self.once)

    async def tell(self, reply_to: ReplyTo, text: str) -> None:
        note = note_message(text)
        await self.services.poster.post_ephemeral(self.workspace, reply_to, note)

    async def open(self, view: Block) -> OpenedView | None:
        """None if Slack did not show it, most likely too late for that: the person is told."""
        opened = await try_modal(self.services, self.once, self.actor, view)
        if opened is None and self.actor.channel is not None:
            await self.tell(self.reply_to, problem_texts.NOT_OPENED)
        elif opened is None:
            await ask_home(
                self.services.queue,
                self.workspace,
                self.actor.person,
                after=self.once,
                said=problem_texts.NOT_OPENED,
            )
        return opened

    async def fill(self, request: MonitorModalRequest, *, turn: str = "") -> None:
        """Have an open modal filled; `turn` tells one turn of its pages from the next."""
        key = f"modal:{self.workspace.team_id}:{request.view_id}:{turn}"
        await self.services.queue.enqueue("show", encode(request), key=key)


@dataclass(frozen=True, slots=True)
class Submission(_Interaction):
    """A form that was sent."""

    payload: SubmissionPayload

    @property
    def view(self) -> View:
        return self.payload.view

    async def submit(self, kind: IntentKind, request: OfWorkspace, *, name: str) -> None:
        """However often the form is sent, it is one intent. Raises StoreDownError."""
        intent_id = f"{name}:{self.workspace.team_id}:{self.view.id}"
        await self.services.submit_intent(kind, request, intent_id=intent_id)

    async def count_once(self, work: Callable[[], Awaitable[Block | str]]) -> Block | str:
        """What `work` returns: the modal to show, or why nothing was changed, which doesn't count.

        A submission that is sent again after its effect was undone changes nothing.
        """
        submissions = self.services.submissions
        try:
            if not await submissions.claim(self.workspace, self.view.id):
                return problem_texts.ALREADY_SUBMITTED
        except QueueDownError:
            return problem_texts.NOT_KEPT
        shown = await work()
        if isinstance(shown, str):
            with suppress(QueueDownError):
                await submissions.release(self.workspace, self.view.id)
        return shown


def pressed(services: ListenerServices, work: Callable[[Press], Awaitable[None]]) -> Listener:
    async def listener(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        await work(Press(services, actor, PressPayload.model_validate(body)))
        await ack()

    return listener


def sent(
    services: ListenerServices, work: Callable[[Submission], Awaitable[Block | None]]
) -> Listener:
    """`work` returns what the form becomes, None if it closes; a BadFormError leaves it open."""

    async def listener(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        form = Submission(services, actor, SubmissionPayload.model_validate(body))
        try:
            shown = await work(form)
        except BadFormError as error:
            errors = {form.view.block_of(name): text for name, text in error.errors.items()}
            await ack(response_action="errors", errors=errors)
        except StoreDownError:
            if not form.view.state.values:
                raise
            errors = {form.view.block_of(""): problem_texts.PERHAPS_KEPT}
            await ack(response_action="errors", errors=errors)
        else:
            if shown is None:
                await ack()
            else:
                await ack(response_action="update", view=dict(shown))

    return listener


async def try_modal(
    services: ListenerServices, trigger_id: str, actor: Actor, view: Block
) -> OpenedView | None:
    """None if Slack did not show it: the caller says what else can be done."""
    try:
        return await services.views.open(actor.workspace, trigger_id, view)
    except SlackPostError as error:
        structlog.get_logger("slack").warning(
            "not shown", what="modal", team_id=actor.workspace.team_id, code=error.code
        )
        return None
