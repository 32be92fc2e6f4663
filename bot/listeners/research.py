"""*Research this*, under a finding."""

from slack_bolt.async_app import AsyncAck

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.payloads import ActionPayload
from monitors.blocks.finding_buttons import RESEARCH
from monitors.model.codec import decode
from monitors.model.intent import IntentKind
from monitors.model.requests import ResearchRequest
from monitors.model.research import AskedFinding


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    async def pressed(ack: AsyncAck, body: dict[str, object], actor: Actor) -> None:
        payload = ActionPayload.model_validate(body)
        button = next(a for a in payload.actions if a.action_id == RESEARCH)
        request = ResearchRequest(
            workspace=actor.workspace,
            thread=actor.in_thread,
            reply_to=actor.reply_to(payload.response_url),
            finding=decode(AskedFinding, button.value or ""),
            user_team=actor.user_team,
        )
        await services.submit_intent(IntentKind.RESEARCH, request, intent_id=payload.trigger_id)
        await ack()

    app.action(RESEARCH)(pressed)
