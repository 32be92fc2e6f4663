"""Whether an admin sent a request: Slack is asked each time, for it may have changed."""

import asyncio
from typing import Final

from bot.listeners.services import ListenerServices
from bot.slack.actor import Actor
from monitors.model.person import Person
from monitors.model.slack_errors import SlackPostError
from monitors.texts import account_texts

# Slack waits three seconds for the answer to a modal: this leaves time to explain a timeout.
_ADMIN_SECONDS: Final = 1.5


async def admin_of(services: ListenerServices, actor: Actor) -> Person | str:
    """Who sent it, if Slack says that they are an admin; else why nothing is changed."""
    try:
        async with asyncio.timeout(_ADMIN_SECONDS):
            person = await services.people.person(actor.workspace, actor.person)
    except (SlackPostError, TimeoutError):
        return account_texts.ADMIN_UNKNOWN
    return person if person.is_admin else account_texts.ADMINS_ONLY
