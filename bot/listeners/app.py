"""The Bolt app: one shared client, our own authorisation, every listener."""

from collections.abc import Awaitable, Callable
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
from bot.slack.door import is_malformed
from monitors.model.workspace import Workspace

Authorize = Callable[[Workspace], Awaitable[AuthorizeResult | None]]


class KeptAuthorize(AsyncAuthorize):
    """Answers from what was kept at the install: no auth.test, whose limit a burst would meet."""

    def __init__(self, authorize: Authorize) -> None:
        super().__init__()
        self._authorize = authorize

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
        del context, user_id, actor_enterprise_id, actor_team_id, actor_user_id
        if not team_id and not enterprise_id:
            return None
        return await self._authorize(Workspace(team_id or "", enterprise_id))


def create_bolt_app(
    *, client: AsyncWebClient, authorize: Authorize, services: ListenerServices
) -> AsyncApp:
    """Bolt's app, with every listener hung into it.

    Listeners run before the answer, so that what could not be written down is not acknowledged.
    Signatures are checked at the door (`bot.slack.door`).
    """
    app = AsyncApp(
        name="threadwatch",
        client=client,
        # Bolt's annotation names a plain function only; its code and page take this class.
        authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", KeptAuthorize(authorize)),
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
    app.error(_on_error)
    return app


async def _on_error(error: Exception) -> BoltResponse:
    """The last word on a listener that raised.

    Malformed requests are the sender's fault; anything else is written down under a reference,
    and Slack repeats the request after a 5xx.
    """
    if is_malformed(error):
        return BoltResponse(status=400, body='{"error": "The request lacks a field."}')
    reference = uuid4().hex[:12]
    structlog.get_logger("slack").error("listener failed", reference=reference, exc_info=error)
    return BoltResponse(status=503, body=f'{{"error": "Try again. Reference {reference}."}}')
