"""OAuth states: valid for ten minutes, usable once."""

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from monitors.accounts.link_tokens import LinkTokens
from monitors.model.linking import PendingInstall


class OAuthStates(AsyncOAuthStateStore):
    """Raises QueueDownError if Redis isn't responding."""

    def __init__(self, tokens: LinkTokens[PendingInstall]) -> None:
        self._tokens = tokens

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        del args, kwargs
        return await self._tokens.issue(PendingInstall())

    async def async_consume(self, state: str) -> bool:
        return await self._tokens.take(state) is not None
