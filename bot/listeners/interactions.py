"""What people press and send in Slack, and what a listener may do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from slack_bolt.async_app import AsyncAck

from bot.listeners.services import Listener, ListenerServices
from bot.slack.actor import Actor, Interaction
from bot.slack.payloads import Action, View, named
from bot.slack.views import OpenedView
from monitors.blocks.kit import BadFormError
from monitors.blocks.notices import note_message, notice_modal
from monitors.model.codec import encode
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.person import Person
from monitors.model.requests import ReplyTo
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import ModalRequest, MonitorModalRequest
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError, StoreDownError
from monitors.texts import account_texts, problem_texts
from monitors.watching.ask_show import ask_home
from monitors.work.intents import OfWorkspace

# Slack waits three seconds for the answer to a modal: this leaves time to explain a timeout.
_ADMIN_SECONDS: Final = 1.5
_UNTITLED: Final = "Threadwatch"


def refusal(words: str) -> BadFormError:
    """Nothing was changed; no field is named, so it is shown at the first one, or on its own."""
    return BadFormError({"": words})


@dataclass(frozen=True, slots=True)
class _Used:
    services: ListenerServices
    actor: Actor
    payload: Interaction

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace

    @property
    def view(self) -> View:
        """Where it was pressed, or what was sent. Raises MissingFieldError."""
        return named(self.payload.view, "view")

    def refusal(self, error: BadFormError) -> Block:
        """Titled like the modal that it answers; the Home tab has no title that anyone sees."""
        view = self.payload.view
        title = view.title.text if view is not None and view.type == "modal" else ""
        return notice_modal(str(error), title=title or _UNTITLED)

    async def admin(self) -> Person:
        """Who it is. Raises BadFormError unless Slack says now that they are an admin."""
        try:
            async with asyncio.timeout(_ADMIN_SECONDS):
                person = await self.services.parts.people.person(self.workspace, self.actor.person)
        except (SlackPostError, TimeoutError):
            raise refusal(account_texts.ADMIN_UNKNOWN) from None
        if not person.is_admin:
            raise refusal(account_texts.ADMINS_ONLY)
        return person

    async def redraw_home(self, *, after: str = "", said: str = "") -> None:
        """If it can't be now, the tab shows the change when it is next opened."""
        with suppress(QueueDownError):
            queue, person = self.services.parts.queue, self.actor.person
            await ask_home(queue, self.workspace, person, after=after, said=said)

    async def fill(
        self,
        request: ModalRequest | MonitorModalRequest,
        *,
        turn: str = "",
        delay_seconds: float = 0,
    ) -> None:
        """Have an open modal filled; `turn` tells one turn of its pages from the next."""
        key = f"modal:{self.workspace.team_id}:{request.view_id}:{turn}"
        queue, asked = self.services.parts.queue, encode(request)
        await queue.enqueue("show", asked, key=key, delay_seconds=delay_seconds)


@dataclass(frozen=True, slots=True)
class Press(_Used):
    """A button, a menu or a shortcut."""

    @property
    def once(self) -> str:
        """Slack's own name of it: pressed once, it comes with the same one each time."""
        return named(self.payload.trigger_id, "trigger")

    @property
    def action(self) -> Action:
        """Raises MissingFieldError."""
        return named(self.payload.actions, "action")[0]

    @property
    def action_id(self) -> str:
        return self.action.action_id

    @property
    def value(self) -> str:
        """The button's, or what was chosen in the menu."""
        return next(self.action.values, "")

    @property
    def reply_to(self) -> ReplyTo:
        """Where the person waits for an answer. Raises MissingFieldError."""
        return self.actor.reply_to(self.payload.response_url)

    async def submit(self, kind: IntentKind, request: OfWorkspace, *, once: str = "") -> None:
        """Raises StoreDownError. With the same `once` it is one intent."""
        await self.services.parts.submit_intent(kind, request, intent_id=once or self.once)

    async def tell(self, reply_to: ReplyTo, text: str) -> None:
        note = note_message(text)
        await self.services.parts.poster.post_ephemeral(self.workspace, reply_to, note)

    async def open(self, view: Block) -> OpenedView | None:
        """None if Slack did not show it, most likely too late for that: the person is told."""
        is_in_modal = self.payload.view is not None and self.payload.view.type == "modal"
        opened = await try_modal(self.services, self.once, self.actor, view, on_top=is_in_modal)
        if opened is None and self.actor.channel is not None:
            await self.tell(self.reply_to, problem_texts.NOT_OPENED)
        elif opened is None:
            await self.redraw_home(after=self.once, said=problem_texts.NOT_OPENED)
        return opened


@dataclass(frozen=True, slots=True)
class Submission(_Used):
    """A form that was sent."""

    async def submit(self, kind: IntentKind, request: OfWorkspace) -> None:
        """However often the form is sent, it is one intent. Raises StoreDownError."""
        intent_id = f"{kind.value}:{self.workspace.team_id}:{self.view.id}"
        await self.services.parts.submit_intent(kind, request, intent_id=intent_id)

    async def refuse(self, ack: AsyncAck, error: BadFormError) -> None:
        """Show what is wrong at the fields, which stay open; without fields, in their place."""
        if not self.view.state.values:
            await ack(response_action="update", view=dict(self.refusal(error)))
            return
        errors = {self.view.block_of(name): text for name, text in error.errors.items()}
        await ack(response_action="errors", errors=errors)


_Answer = Callable[[Submission], Awaitable[Block | None]]


def pressed(services: ListenerServices, work: Callable[[Press], Awaitable[None]]) -> Listener:
    async def listener(ack: AsyncAck, asked: Interaction, actor: Actor) -> None:
        press = Press(services, actor, asked)
        try:
            await work(press)
        except BadFormError as error:
            if actor.channel is None:
                await press.open(press.refusal(error))
            else:
                await press.tell(press.reply_to, str(error))
        await ack()

    return listener


def sent(services: ListenerServices, work: _Answer) -> Listener:
    """`work` returns what the form becomes, None if it closes."""

    async def listener(ack: AsyncAck, asked: Interaction, actor: Actor) -> None:
        form = Submission(services, actor, asked)
        try:
            shown = await work(form)
        except BadFormError as error:
            await form.refuse(ack, error)
        except StoreDownError as error:
            await form.refuse(ack, refusal(problem_texts.not_saved(error)))
        else:
            if shown is None:
                await ack()
            else:
                await ack(response_action="update", view=dict(shown))

    return listener


def once(work: _Answer) -> _Answer:
    """A submission that is sent again after its effect was undone changes nothing.

    One that was refused doesn't count.
    """

    async def counted(form: Submission) -> Block | None:
        submissions = form.services.submissions
        try:
            is_first = await submissions.claim(form.workspace, form.view.id)
        except QueueDownError:
            raise refusal(problem_texts.NOT_DONE) from None
        if not is_first:
            raise refusal(problem_texts.ALREADY_SUBMITTED)
        try:
            return await work(form)
        except (BadFormError, StoreDownError):
            with suppress(QueueDownError):
                await submissions.release(form.workspace, form.view.id)
            raise

    return counted


async def try_modal(
    services: ListenerServices, trigger_id: str, actor: Actor, view: Block, *, on_top: bool = False
) -> OpenedView | None:
    """None if Slack did not show it: the caller says what else can be done.

    `on_top` of the modal that is open.
    """
    show = services.views.push if on_top else services.views.open
    try:
        return await show(actor.workspace, trigger_id, view)
    except SlackPostError as error:
        structlog.get_logger("slack").warning(
            "not shown", what="modal", team_id=actor.workspace.team_id, code=error.code
        )
        return None
