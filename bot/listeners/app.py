"""The Bolt app: one shared client, our own authorisation, every listener."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast
from uuid import uuid4

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot import listeners
from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.door import is_malformed
from monitors.blocks.notices import note_message
from monitors.delivery.monitors import Monitors
from monitors.model.workspace import Workspace
from monitors.ports import StoreDownError, StoreInDoubtError
from monitors.texts import problem_texts

Authorize = Callable[[Workspace], Awaitable[AuthorizeResult | None]]


class KeptAuthorize(AsyncAuthorize):
    """Authorises from the stored installation, without auth.test and its rate limit.

    For the workspace that `bot.slack.actor` read, never for one that Bolt did; the listeners get it
    with the half that only the installation knows, and of several workspaces of an organisation the
    one whose monitor is in the thread: Slack may name the person's.
    """

    def __init__(self, authorize: Authorize, monitors: Monitors) -> None:
        super().__init__()
        self._authorize = authorize
        self._monitors = monitors

    async def __call__(  # noqa: PLR0913 - Bolt's own signature
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        del enterprise_id, team_id, user_id, actor_enterprise_id, actor_team_id, actor_user_id
        actor = cast("Actor", context["actor"])
        found = await self._authorize(actor.workspace)
        if found is not None:
            workspace = Workspace(actor.workspace.team_id, found.enterprise_id)
            if actor.thread is not None:
                workspace = await self._monitors.host(workspace, actor.thread)
            context["actor"] = replace(actor, workspace=workspace)
        return found


def create_bolt_app(
    *, client: AsyncWebClient, authorize: Authorize, services: ListenerServices
) -> AsyncApp:
    """Bolt's app, with every listener registered.

    Listeners run before the answer, so that a request that can't be saved isn't acknowledged.
    `bot.slack.door` has already verified the signature.
    """
    kept = KeptAuthorize(authorize, services.parts.monitors)
    app = AsyncApp(
        name="threadwatch",
        client=client,
        # Bolt's annotation only allows a plain function, but its code accepts this class.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", kept),
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
            actor, note = cast("Actor", context["actor"]), problem_texts.PERHAPS_DONE
            await services.poster.post_ephemeral(
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
            return BoltResponse(status=200, body=problem_texts.NOT_WRITTEN_DOWN)
        return BoltResponse(status=503, body='{"error": "The database is away. Try again."}')
    reference = uuid4().hex[:12]
    structlog.get_logger("slack").error("listener failed", reference=reference, exc_info=error)
    return BoltResponse(status=503, body=f'{{"error": "Try again. Reference {reference}."}}')
