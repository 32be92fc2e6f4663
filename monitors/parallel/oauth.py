"""Calls to Parallel for connecting: testing a key, the consent page, a test webhook."""

import asyncio
import re
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx
from parallel import AsyncAPIResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitors.model.account import ParallelAccount
from monitors.model.parallel_errors import BadKeyError, RefusedError, UnavailableError
from monitors.parallel.calls import ParallelCalls, nothing
from monitors.parallel.requests import checked_id
from monitors.parallel.transport import Patience
from monitors.parallel.wire import MONITOR_LISTS, page_of

SECONDS: Final = 8.0
_PATIENCE: Final = Patience(httpx.Timeout(SECONDS), SECONDS)
_SERVER_ERROR: Final = 500
_LONGEST_KEY: Final = 500
_CODE: Final = re.compile(r"[!-~]{1,2000}")
_ONE_MONITOR: Final = "/v1/monitors?limit=1"


class ParallelTrials(ParallelCalls):
    """Tests keys, and asks for test webhooks. Raises ParallelError."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str) -> None:
        super().__init__(http, base_url=base_url, patience=_PATIENCE)

    async def try_key(self, api_key: str, *, seconds: float) -> None:
        """Test a key by listing at most one monitor, which costs and changes nothing."""
        if len(api_key) > _LONGEST_KEY:
            raise BadKeyError("No key is that long.")
        await self._ask(
            ParallelAccount("", api_key),
            lambda client: client.get(_ONE_MONITOR, cast_to=AsyncAPIResponse[bytes]),
            lambda body: page_of(body, MONITOR_LISTS),
            seconds=seconds,
        )

    async def simulate(self, account: ParallelAccount, monitor_id: str) -> None:
        """Ask Parallel for a signed test webhook for a monitor; its group starts with `test_`."""
        path = f"/v1alpha/monitors/{checked_id(monitor_id)}/simulate_event"
        query = urlencode({"event_type": "monitor.event.detected"})
        await self._ask(
            account,
            lambda client: client.post(f"{path}?{query}", cast_to=AsyncAPIResponse[bytes]),
            nothing,
        )


class _Token(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(repr=False)


class ParallelConsentPage:
    """Parallel's OAuth provider, for a public client with PKCE."""

    def __init__(self, http: httpx.AsyncClient, *, platform_url: str, public_url: str) -> None:
        self._http = http
        self._platform_url = platform_url
        # Parallel knows an app by its host name.
        self._client_id = urlsplit(public_url).hostname or ""
        self._redirect_uri = f"{public_url}/parallel/callback"

    def address(self, *, state: str, challenge: str) -> str:
        asked = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": "key:read",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": state,
        }
        return f"{self._platform_url}/getKeys/authorize?{urlencode(asked)}"

    async def exchange(self, code: str, *, verifier: str) -> str:
        if _CODE.fullmatch(code) is None:
            raise RefusedError("No code looks like that.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._http.post(f"{self._platform_url}/getKeys/token", data=form)
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnavailableError("Parallel did not answer.") from error
        if answer.status_code >= _SERVER_ERROR:
            raise UnavailableError("Parallel could not answer.")
        if not answer.is_success:
            raise RefusedError("Parallel did not accept the code.")
        try:
            return _Token.model_validate_json(answer.content).access_token
        except ValidationError:
            # Its text would contain the answer, and so the key.
            raise UnavailableError("Parallel's answer could not be read.") from None
