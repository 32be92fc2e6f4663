"""Which service does which job, and what people ask for: start reading here."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.wiring.services import Services
from monitors.accounts.connect import tell_admins
from monitors.delivery import housekeeping, reconcile
from monitors.model.command import IN_THREAD
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Outcome
from monitors.model.requests import CheckRequest, DeliverRequest, NotifyRequest, Tick
from monitors.model.view_requests import ShowRequest
from monitors.watching import (
    channels,
    export_files,
    listing,
    mentions,
    move,
    new_owner,
    permissions,
    research,
    show_card,
    start,
    thread_commands,
    threadless,
    waiting,
)
from monitors.watching.parts import Parts
from monitors.work.runner import IntentHandler, JobKind

Run = Callable[[Parts, Intent, Attempt], Awaitable[Outcome]]
GaveUp = Callable[[Parts, Intent], Awaitable[None]]


def job_kinds(services: Services) -> Mapping[str, JobKind]:
    """Beside these there is `intent`. Given up, some are not kept: the next one does the same."""
    return {
        "deliver": JobKind(DeliverRequest, services.deliver.run),
        "refresh": JobKind(CheckRequest, partial(show_card.run, services.parts), is_kept=False),
        "notify": JobKind(NotifyRequest, services.notify.run),
        "show": JobKind(ShowRequest, services.show.run, is_kept=False),
        "reconcile": JobKind(Tick, partial(reconcile.run, services.parts), is_kept=False),
        "housekeeping": JobKind(Tick, partial(housekeeping.run, services.parts), is_kept=False),
    }


def intent_handlers(services: Services) -> Mapping[IntentKind, IntentHandler]:
    parts = services.parts

    def does(run: Run, gave_up: GaveUp | None = None) -> IntentHandler:
        return IntentHandler(partial(run, parts), partial(gave_up, parts) if gave_up else None)

    return {
        IntentKind.START: does(start.run, start.gave_up),
        IntentKind.LIST: does(listing.run),
        **dict.fromkeys(IN_THREAD, does(thread_commands.run, thread_commands.gave_up)),
        IntentKind.MENTIONED: does(mentions.run),
        IntentKind.CANCEL_LISTED: does(listing.cancel, listing.cancel_gave_up),
        IntentKind.RESEARCH: does(research.run, research.gave_up),
        IntentKind.MOVE: does(move.run, move.gave_up),
        IntentKind.ADOPT: does(threadless.run),
        IntentKind.CANCEL_THREADLESS: does(threadless.run),
        IntentKind.INSTALLED: does(channels.installed),
        IntentKind.CHANNEL_UNBLOCKED: does(channels.unblocked),
        IntentKind.CHANNEL_CHANGED: does(channels.changed),
        IntentKind.CONNECTED: does(tell_admins),
        IntentKind.DISCONNECT: IntentHandler(services.disconnect.run),
        IntentKind.PERSON_LEFT: does(new_owner.person_left),
        IntentKind.TAKE_OVER: does(new_owner.take_over),
        IntentKind.APPROVE: does(waiting.decide),
        IntentKind.DECLINE: does(waiting.decide),
        IntentKind.EXPORT_HISTORY: does(export_files.run, export_files.gave_up),
        IntentKind.EXPORT_AUDIT: does(export_files.run, export_files.gave_up),
        IntentKind.RULES: does(permissions.change_rules),
        IntentKind.UNINSTALL: IntentHandler(services.delete.run),
    }
