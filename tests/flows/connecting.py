"""An admin's browser on the way through the linking pages, and at Parallel's consent page."""

import html
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx

from sandbox.plain_http import NO_TLS
from tests.flows.world import Json, World

SLACK_CONSENT: Final = "/slack/oauth/v2/authorize"
PARALLEL_CONSENT: Final = "/parallel/getKeys/authorize"
_FIELD: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_TICKET: Final = re.compile(r'href="/parallel/connect\?ticket=([A-Za-z0-9_-]{43})"')
_ONWARD: Final = re.compile(r'class="button" href="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Account:
    """One at the sandbox's Parallel."""

    name: str
    api_key: str
    secret: str


def open_account(world: World) -> Account:
    unique = uuid4().hex
    account = Account(f"account-{unique[:8]}", f"key-{unique}", f"whsec_{unique}")
    body: Json = {
        "name": account.name,
        "api_key": account.api_key,
        "webhook_secret": account.secret,
    }
    world.post("/control/parallel/accounts", body)
    return account


@dataclass(frozen=True, slots=True)
class Browser:
    """Keeps cookies and follows nothing by itself."""

    client: httpx.Client
    world: World

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query or None)

    def post(self, path: str, form: dict[str, str], *, page: str = "") -> httpx.Response:
        """Send a page's own form, with the token that the page put into it."""
        shown = self.client.get(page or path)
        return self.client.post(path, data=csrf_of(shown) | form)

    def install(self, *, user: str = "") -> httpx.Response:
        """Add the app to the world's workspace; the page at the end."""
        answer = self.client.get(self.consent_of_slack(user=user))
        assert (answer.status_code, answer.headers["location"]) == (303, "/slack/installed")
        return self.client.get("/slack/installed")

    def consent_of_slack(self, *, user: str = "") -> str:
        """Say yes at Slack; where the browser is sent then."""
        begun = self.client.get("/slack/install")
        asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
        choice = {
            "chosen_team": self.world.team_id,
            "chosen_user": user or self.world.user,
            "decision": "allow",
        }
        consent = self.world.client.base_url.join(SLACK_CONSENT)
        answer = self.client.post(consent, data=asked | choice)
        return str(answer.headers["location"])

    def ticket(self) -> str:
        """Of the link on the page after the installation."""
        found = _TICKET.search(self.client.get("/slack/installed").text)
        assert found is not None
        return found[1]

    def start(self, ticket: str) -> httpx.Response:
        """Open a link, and agree to go on."""
        page = self.get("/parallel/connect", ticket=ticket)
        assert page.status_code == httpx.codes.OK, page.text
        return self.client.post("/parallel/start", data=fields_of(page))

    def install_and_start(self, *, user: str = "") -> httpx.Response:
        """As far as the page for the account; the page after the installation."""
        installed = self.install(user=user)
        assert self.start(self.ticket()).status_code == httpx.codes.SEE_OTHER
        return installed

    def to_parallel(self) -> dict[str, str]:
        """Press the button; what the app asked Parallel for."""
        answer = self.post("/parallel/authorize", {}, page="/parallel/connect")
        assert answer.status_code == httpx.codes.OK, answer.text
        onward = _ONWARD.search(answer.text)
        assert onward is not None
        target = urlsplit(html.unescape(onward[1]))
        assert target.path == PARALLEL_CONSENT
        return dict(parse_qsl(target.query))

    def consent(self, account: Account, asked: dict[str, str], *, decision: str = "allow") -> str:
        """Choose an account at Parallel; where the browser is sent then."""
        place = self.world.client.base_url.join(PARALLEL_CONSENT)
        choice = {"account": account.name, "decision": decision}
        answer = self.client.post(place, data=asked | choice)
        assert answer.status_code == httpx.codes.FOUND, answer.text
        return str(answer.headers["location"])

    def link(self, account: Account) -> httpx.Response:
        """The whole way by the button; the answer of the callback."""
        return self.client.get(self.consent(account, self.to_parallel()))


@contextmanager
def browser(world: World) -> Generator[Browser]:
    own = {"origin": world.app_url}
    with httpx.Client(
        base_url=world.app_url, headers=own, trust_env=False, verify=NO_TLS, timeout=60
    ) as client:
        yield Browser(client, world)


def fields_of(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(_FIELD.findall(page.text))


def csrf_of(page: httpx.Response) -> dict[str, str]:
    fields = fields_of(page)
    assert "csrf" in fields, page.text
    return {"csrf": fields["csrf"]}


def words_of(answer: httpx.Response) -> str:
    """A page's text, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())
