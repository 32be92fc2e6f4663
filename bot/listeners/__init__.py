"""Bolt listeners: each parses one kind of request, saves it as an intent, and answers.

`register` is the table of contents.
"""

from bot.listeners import (
    account,
    actions,
    card_menu,
    commands,
    edit,
    events,
    exports,
    history,
    keys,
    lists,
    mentions,
    monitor_form,
    questions,
    research,
    rules,
    shortcuts,
    threadless,
)
from bot.listeners.services import ListenerRegistry, ListenerServices


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    """Register every listener with the app."""
    commands.register(app, services)
    account.register(app, services)
    keys.register(app, services)
    research.register(app, services)
    actions.register(app, services)
    card_menu.register(app, services)
    edit.register(app, services)
    monitor_form.register(app, services)
    questions.register(app, services)
    rules.register(app, services)
    lists.register(app, services)
    history.register(app, services)
    exports.register(app, services)
    shortcuts.register(app, services)
    threadless.register(app, services)
    mentions.register(app, services)
    events.register(app, services)
