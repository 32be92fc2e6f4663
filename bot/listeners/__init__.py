"""Bolt listeners: each parses one kind of request, saves it as an intent, and answers.

What is pressed stands in the tables of `cards` and `settings`, what is sent in the one below.
"""

from slack_bolt.async_app import AsyncAck

from bot.listeners import cards, commands, events, forms, keys, settings
from bot.listeners.interactions import once, pressed, sent
from bot.listeners.services import ListenerRegistry, ListenerServices
from monitors.blocks.account import CONFIRM_FORM, KEY_FORM, SECRET, UNLINK
from monitors.blocks.card import CANCEL
from monitors.blocks.card_forms import CANCEL_FORM, SNOOZE_FORM
from monitors.blocks.delivery_form import DELIVERY_FORM
from monitors.blocks.edit_form import EDIT_FORM
from monitors.blocks.home import NEW_MONITOR
from monitors.blocks.monitor_form import MONITOR_FORM
from monitors.blocks.rules import RULES
from monitors.blocks.threadless import ADOPT

_FORMS = {
    MONITOR_FORM: forms.start,
    CANCEL_FORM: forms.cancel,
    SNOOZE_FORM: forms.snooze,
    DELIVERY_FORM: forms.deliver,
    EDIT_FORM: forms.edit,
    KEY_FORM: once(keys.try_key),
    CONFIRM_FORM: keys.confirm,
    UNLINK: once(settings.disconnect),
    SECRET: once(settings.keep_secret),
    RULES: settings.keep_rules,
    ADOPT: settings.adopt,
}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    """Register every listener with the app."""
    commands.register(app, services)
    new_monitor = pressed(services, forms.show_monitor_form)
    app.action(NEW_MONITOR)(new_monitor)
    app.shortcut({"type": "shortcut", "callback_id": NEW_MONITOR})(new_monitor)
    to_cancel = {"type": "message_action", "callback_id": CANCEL}
    app.shortcut(to_cancel)(pressed(services, cards.ask_to_cancel))
    for action_id, work in (cards.PRESSES | settings.PRESSES).items():
        app.action(action_id)(pressed(services, work))
    app.action({"type": "block_actions"})(_ignore)
    for callback_id, answer in _FORMS.items():
        app.view(callback_id)(sent(services, answer))
    events.register(app, services)


async def _ignore(ack: AsyncAck) -> None:
    """Links in our messages send an action too, which Slack wants acknowledged."""
    await ack()
