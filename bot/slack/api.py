"""Typed calls to Slack's Web API, with each workspace's own token and a shared session."""

from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

Answer = dict[str, object]
# Of commercial and of GovSlack's addresses.
_SLACKS: Final = (".slack.com", ".slack-gov.com")


@dataclass(frozen=True, slots=True)
class SlackApi:
    """Raises slack_sdk's errors: SlackApiError, and aiohttp's errors and time-outs."""

    client: AsyncWebClient

    async def write(self, method: str, token: str, body: dict[str, object]) -> Answer:
        """Call a method that changes something; Slack accepts its arguments as JSON."""
        answer = await self.client.api_call(  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
            method, json=_given(body, token)
        )
        return _dictionary(cast("object", answer.data))  # pyright: ignore[reportUnknownMemberType] - likewise

    async def read(self, method: str, token: str, params: dict[str, object]) -> Answer:
        """Call a method that reads; Slack doesn't accept JSON for these."""
        answer = await self.client.api_call(  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
            method, http_verb="GET", params=_given(params, token)
        )
        return _dictionary(cast("object", answer.data))  # pyright: ignore[reportUnknownMemberType] - likewise

    async def submit(self, method: str, fields: dict[str, str]) -> Answer:
        """Call a method that takes a form and no token."""
        answer = await self.client.api_call(method, data=fields)  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
        return _dictionary(cast("object", answer.data))  # pyright: ignore[reportUnknownMemberType] - likewise


def is_slacks(address: str, api_url: str) -> bool:
    """Whether it leads to Slack, or to the stand-in at SLACK_API_URL: nobody else is told."""
    try:
        url, api = urlsplit(address), urlsplit(api_url)
    except ValueError:
        return False
    is_slack = url.scheme == "https" and (url.hostname or "").endswith(_SLACKS)
    return is_slack or (url.scheme, url.netloc) == (api.scheme, api.netloc)


def _given(values: dict[str, object], token: str) -> dict[str, object]:
    given = {name: value for name, value in values.items() if value is not None}
    return {**given, "token": token}


def _dictionary(data: object) -> Answer:
    return cast("Answer", data) if isinstance(data, dict) else {}
