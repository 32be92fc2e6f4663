"""What people say to the app: a mention anywhere, or a direct message."""

from bot.listeners.events import REPLIES
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.door import is_direct
from bot.slack.payloads import SpokenEnvelope
from monitors.model.command import parse_reply
from monitors.model.intent import IntentKind
from monitors.model.requests import MentionRequest


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def spoken_to(body: dict[str, object], actor: Actor) -> None:
        """Once for each message: Slack also announces one that was edited."""
        event = SpokenEnvelope.model_validate(body).event
        workspace = actor.workspace
        bot_user_id, bot_id = (
            await services.bot_user_id(workspace),
            await services.bot_id(workspace),
        )
        command = parse_reply(event.text, bot_user_id=bot_user_id, bot_id=bot_id)
        await services.submit_intent(
            IntentKind.MENTIONED,
            MentionRequest(workspace, actor.reply_to(), command in REPLIES),
            intent_id=f"mention:{workspace.team_id}:{actor.in_channel}:{event.ts}",
        )

    app.event("app_mention", matchers=[is_from_person])(spoken_to)
    app.event("message", matchers=[is_direct_message])(spoken_to)

    async def ignore() -> None:
        """Acknowledges another app's mention: two that answer each other never end."""

    app.event("app_mention")(ignore)


async def is_from_person(event: dict[str, object]) -> bool:
    return "bot_id" not in event and event.get("subtype") in {
        None,
        "thread_broadcast",
        "file_share",
    }


async def is_direct_message(event: dict[str, object]) -> bool:
    return is_direct(event)
