"""Bolt listeners: each parses one kind of request, saves it as an intent, and answers.

`register` is the table of contents.
"""

from bot.listeners import (
    account,
    actions,
    card_menu,
    commands,
    events,
    keys,
    monitor_form,
    questions,
    research,
    rules,
    shortcuts,
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
    monitor_form.register(app, services)
    questions.register(app, services)
    rules.register(app, services)
    shortcuts.register(app, services)
    events.register(app, services)
