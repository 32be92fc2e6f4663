"""The Bolt app: one shared client, our own authorisation, every listener."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast
from uuid import uuid4

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot import listeners
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.door import is_malformed
from monitors.blocks.notices import note_message
from monitors.model.workspace import Workspace
from monitors.ports import StoreDownError, StoreInDoubtError
from monitors.texts import problem_texts


def create_bolt_app(*, client: AsyncWebClient, services: ListenerServices) -> AsyncApp:
    """Bolt's app, with every listener registered.

    Listeners run before the answer, so that a request that can't be saved isn't acknowledged.
    `bot.slack.door` has already verified the signature.
    """

    async def authorize(context: AsyncBoltContext, actor: Actor) -> AuthorizeResult | None:
        """From the stored installation, without auth.test and its rate limit.

        For the workspace that `bot.slack.actor` read, never for one that Bolt did; the listeners
        get it with the half that only the installation knows, and of several workspaces of an
        organisation the one whose monitor is in the thread: Slack may name the person's.
        """
        found = await services.installations.authorize(actor.workspace)
        if found is not None:
            workspace = Workspace(actor.workspace.team_id, found.enterprise_id)
            if actor.thread is not None:
                workspace = await services.parts.monitors.host(workspace, actor.thread)
            context["actor"] = replace(actor, workspace=workspace)
        return found

    app = AsyncApp(
        name="threadwatch",
        client=client,
        # Bolt's annotation doesn't allow for None, but its code does.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", authorize),
        signing_secret="checked at the door",  # noqa: S106 - not a secret: Bolt wants a text
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        user_facing_authorize_error_message=(
            "Threadwatch isn't installed in this workspace any more. Ask an admin to add it "
            "again, then retry."
        ),
    )
    listeners.register(cast("ListenerRegistry", app), services)

    async def on_error(
        error: Exception, body: dict[str, object], context: AsyncBoltContext
    ) -> BoltResponse:
        url = body.get("response_url")
        if isinstance(error, StoreInDoubtError) and "command" not in body and isinstance(url, str):
            # Slack's own mark at the button would say that it failed.
            actor, note = cast("Actor", context["actor"]), problem_texts.not_saved(error)
            await services.parts.poster.post_ephemeral(
                actor.workspace, actor.reply_to(url), note_message(note)
            )
            return BoltResponse(status=200)
        return _refusal(error, body)

    app.error(on_error)
    return app


def _refusal(error: Exception, body: dict[str, object]) -> BoltResponse:
    """The answer if a listener raised, or the workspace couldn't be looked up.

    400 for a malformed request; anything else is logged under a reference, and Slack repeats the
    request after a 5xx.
    """
    if is_malformed(error):
        return BoltResponse(status=400, body='{"error": "The request lacks a field."}')
    if isinstance(error, StoreDownError):
        structlog.get_logger("slack").warning("request refused", error=str(error))
        if "command" in body:
            # Slack neither retries a command nor explains a 5xx.
            return BoltResponse(status=200, body=problem_texts.not_saved(error))
        return BoltResponse(status=503, body='{"error": "The database is away. Try again."}')
    reference = uuid4().hex[:12]
    structlog.get_logger("slack").error("listener failed", reference=reference, exc_info=error)
    return BoltResponse(status=503, body=f'{{"error": "Try again. Reference {reference}."}}')
