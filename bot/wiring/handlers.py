"""Which service does which job, and what people ask for: start reading here."""

from collections.abc import Mapping

from bot.wiring.services import Services
from monitors.model.command import IN_THREAD
from monitors.model.intent import IntentKind
from monitors.model.requests import CheckRequest, DeliverRequest, NotifyRequest, Tick
from monitors.model.view_requests import ShowRequest
from monitors.work.runner import IntentHandler, JobKind


def job_kinds(services: Services) -> Mapping[str, JobKind]:
    """Beside these there is `intent`. Given up, some are not kept: the next one does the same."""
    return {
        "deliver": JobKind(DeliverRequest, services.deliver.run),
        "refresh": JobKind(CheckRequest, services.show_card.run, is_kept=False),
        "notify": JobKind(NotifyRequest, services.notify.run),
        "show": JobKind(ShowRequest, services.show.run, is_kept=False),
        "reconcile": JobKind(Tick, services.reconcile.run, is_kept=False),
        "housekeeping": JobKind(Tick, services.housekeeping.run, is_kept=False),
    }


def intent_handlers(services: Services) -> Mapping[IntentKind, IntentHandler]:
    in_thread = IntentHandler(services.answer.run, services.answer.gave_up)
    return {
        IntentKind.START: IntentHandler(services.start.run, services.start.gave_up),
        IntentKind.LIST: IntentHandler(services.list.run),
        **dict.fromkeys(IN_THREAD, in_thread),
        IntentKind.MENTIONED: IntentHandler(services.mention.run),
        IntentKind.CANCEL_LISTED: IntentHandler(
            services.cancel_listed.run, services.cancel_listed.gave_up
        ),
        IntentKind.RESEARCH: IntentHandler(services.research.run, services.research.gave_up),
        IntentKind.MOVE: IntentHandler(services.move.run, services.move.gave_up),
        IntentKind.ADOPT: IntentHandler(services.threadless.run),
        IntentKind.CANCEL_THREADLESS: IntentHandler(services.threadless.run),
        IntentKind.INSTALLED: IntentHandler(services.channels.installed),
        IntentKind.CHANNEL_UNBLOCKED: IntentHandler(services.channels.unblocked),
        IntentKind.CHANNEL_CHANGED: IntentHandler(services.channels.changed),
        IntentKind.CONNECTED: IntentHandler(services.tell_admins.run),
        IntentKind.DISCONNECT: IntentHandler(services.disconnect.run),
        IntentKind.PERSON_LEFT: IntentHandler(services.new_owner.person_left),
        IntentKind.TAKE_OVER: IntentHandler(services.new_owner.take_over),
        IntentKind.APPROVE: IntentHandler(services.decide.run),
        IntentKind.DECLINE: IntentHandler(services.decide.run),
        IntentKind.EXPORT_HISTORY: IntentHandler(
            services.export_files.send_history, services.export_files.history_gave_up
        ),
        IntentKind.EXPORT_AUDIT: IntentHandler(
            services.export_files.send_audit, services.export_files.audit_gave_up
        ),
        IntentKind.RULES: IntentHandler(services.change_rules.run),
        IntentKind.UNINSTALL: IntentHandler(services.delete.run),
    }
