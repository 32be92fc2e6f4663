"""Account linking: a consent page and a token endpoint, with PKCE and no client secret."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from html import escape
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.parallel.calls import Answer, Call, Operation
from sandbox.parallel.fields import WebhookUrl
from sandbox.parallel.records import Account
from sandbox.parallel.world import World

CODE_SECONDS = 600

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Connect to Parallel (sandbox)</title>
<style>:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto;
 padding: 0 1rem; }}
button, select {{ font: inherit; padding: .4rem .8rem; margin: .2rem; }}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>"""
_FORM = """<p><strong>{client}</strong> asks for the API key of your account.</p>
<form method="post">{fields}<label>Account <select name="account">{accounts}</select></label>
<p><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></p></form>"""


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore")


class AuthorizeRequest(_Form):
    client_id: Annotated[str, Field(min_length=1, max_length=255)]
    redirect_uri: WebhookUrl
    response_type: Literal["code"]
    scope: Literal["key:read"]
    code_challenge: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    code_challenge_method: Literal["S256"]
    state: str | None = None
    auto: Literal["1"] | None = None
    account: str | None = None
    decision: Literal["allow", "deny"] | None = None


class TokenRequest(_Form):
    grant_type: str
    code: str
    client_id: str
    redirect_uri: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Grant:
    account: Account
    client_id: str
    redirect_uri: str
    code_challenge: str
    expires_at: float


class Linking:
    """Codes are used once and live ten real minutes: it is a person who is on their way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants: dict[str, Grant] = {}

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/getKeys/authorize", self.authorize, public=True),
            Operation("POST", "/getKeys/authorize", self.authorize, public=True),
            Operation("POST", "/getKeys/token", self.token, public=True),
        ]

    def clear(self) -> None:
        self._grants.clear()

    def authorize(self, call: Call) -> Answer:
        """GET shows the consent page, POST is its button; `auto=1` skips it."""
        given = dict(call.query) | _form(call.content)
        try:
            asked = AuthorizeRequest.model_validate(given)
        except ValidationError as error:
            fields = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
            return _refused(f"Missing or wrong: {fields}.")
        if (
            urlsplit(asked.redirect_uri).hostname
            != asked.client_id.rpartition("//")[2].split(":")[0]
        ):
            return _refused("The redirect must go to the host that client_id names.")
        account = self._account(asked.account)
        if account is None:
            return _refused("There is no such account.")
        decision = asked.decision or ("allow" if asked.auto else None)
        if decision is None:
            return self._consent(asked)
        if decision == "deny":
            return _redirect(asked, {"error": "access_denied"})
        return _redirect(asked, {"code": self._grant(asked, account)})

    def token(self, call: Call) -> Answer:
        try:
            asked = TokenRequest.model_validate(_form(call.content))
        except ValidationError as error:
            fields = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
            return _token_error("invalid_request", f"missing: {fields}")
        if asked.grant_type != "authorization_code":
            return _token_error("unsupported_grant_type", "only authorization_code")
        grant = self._grants.pop(asked.code, None)
        if grant is None or grant.expires_at < self._world.clock.wall():
            return _token_error("invalid_grant", "unknown, used or expired code")
        if (grant.client_id, grant.redirect_uri) != (asked.client_id, asked.redirect_uri):
            return _token_error("invalid_grant", "the code was given to another client")
        if not _proves(asked.code_verifier, grant.code_challenge):
            return _token_error("invalid_grant", "the verifier does not fit the challenge")
        key = grant.account.api_key
        return Answer(body={"access_token": key, "token_type": "bearer", "scope": "key:read"})

    def _account(self, name: str | None) -> Account | None:
        if name is not None:
            return self._world.account_named(name)
        return next(iter(self._world.accounts), None)

    def _grant(self, asked: AuthorizeRequest, account: Account) -> str:
        code = self._world.new_id("code")
        expires_at = self._world.clock.wall() + CODE_SECONDS
        self._grants[code] = Grant(
            account, asked.client_id, asked.redirect_uri, asked.code_challenge, expires_at
        )
        return code

    def _consent(self, asked: AuthorizeRequest) -> Answer:
        kept = asked.model_dump(exclude_none=True, exclude={"auto", "account", "decision"})
        fields = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in kept.items()
        )
        accounts = "".join(f"<option>{escape(each.name)}</option>" for each in self._world.accounts)
        form = _FORM.format(client=escape(asked.client_id), fields=fields, accounts=accounts)
        return Answer(html=_PAGE.format(title="Connect your Parallel account", body=form))


def _form(content: bytes) -> dict[str, str]:
    return dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True))


def _proves(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return secrets.compare_digest(made, challenge)


def _redirect(asked: AuthorizeRequest, result: dict[str, str]) -> Answer:
    if asked.state is not None:
        result = result | {"state": asked.state}
    joint = "&" if urlsplit(asked.redirect_uri).query else "?"
    return Answer(302, headers={"location": f"{asked.redirect_uri}{joint}{urlencode(result)}"})


def _refused(reason: str) -> Answer:
    body = f"<p>{escape(reason)}</p>"
    return Answer(400, html=_PAGE.format(title="This link does not work", body=body))


def _token_error(code: str, description: str) -> Answer:
    return Answer(400, {"error": code, "error_description": description})
