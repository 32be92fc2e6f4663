"""Typed calls to Slack's Web API, with each workspace's own token and a shared session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

Answer = dict[str, object]
# Of commercial and of GovSlack's addresses.
_SLACKS: Final = (".slack.com", ".slack-gov.com")


@dataclass(frozen=True, slots=True)
class SlackApi:
    """Raises slack_sdk's errors: SlackApiError, and aiohttp's errors and time-outs."""

    client: AsyncWebClient

    async def write(self, method: str, token: str, body: Mapping[str, object]) -> Answer:
        """Call a method that changes something; Slack accepts its arguments as JSON."""
        return await self._call(method, json=_given(body, token))

    async def read(self, method: str, token: str, params: Mapping[str, object]) -> Answer:
        """Call a method that reads; Slack doesn't accept JSON for these."""
        return await self._call(method, http_verb="GET", params=_given(params, token))

    async def submit(self, method: str, fields: dict[str, str]) -> Answer:
        """Call a method that takes a form and no token."""
        return await self._call(method, data=fields)

    async def _call(self, method: str, **arguments: Any) -> Answer:  # noqa: ANN401 - slack_sdk's own
        answer = await self.client.api_call(method, **arguments)  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
        data = cast("object", answer.data)  # pyright: ignore[reportUnknownMemberType] - likewise
        return cast("Answer", data) if isinstance(data, dict) else {}


def is_slacks(address: str, api_url: str) -> bool:
    """Whether it leads to Slack, or to the stand-in at SLACK_API_URL: nobody else is told."""
    try:
        url, api = urlsplit(address), urlsplit(api_url)
    except ValueError:
        return False
    is_slack = url.scheme == "https" and (url.hostname or "").endswith(_SLACKS)
    return is_slack or (url.scheme, url.netloc) == (api.scheme, api.netloc)


def within(answer: Answer, name: str) -> Answer:
    """The object of that name; empty if there is none."""
    found = answer.get(name)
    return cast("Answer", found) if isinstance(found, dict) else {}


def _given(values: Mapping[str, object], token: str) -> dict[str, object]:
    given = {name: value for name, value in values.items() if value is not None}
    return {**given, "token": token}
