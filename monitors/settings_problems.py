"""Reads the settings, and says all that is missing or contradictory in them at once."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from monitors.settings import Settings, split

NEW_KEY: Final = (
    "Generate one with: python3 -c 'import base64, os; "
    "print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)
_SHORTEST_SECRET: Final = 16

_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
_BASE_ADDRESSES: Final = (
    *("slack_api_url", "slack_authorize_url"),
    *("parallel_base_url", "parallel_platform_url"),
)
_TEAM_ID: Final = re.compile(r"T[A-Z0-9]{2,20}")


class SetupError(Exception):
    """What the app can't start or go on with; `problems` say what is wrong, and how to fix it.

    Never contains a password or a key.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(
    *,
    env_file: str | None = ".env",
    more: Callable[[Settings], Iterable[str]] = lambda _settings: (),
) -> Settings:
    """The settings of this process's environment.

    `more` finds the problems that only other modules can tell. Raises SetupError.
    """
    settings, problems = read_incomplete(env_file=env_file)
    problems += [*find_problems(settings), *more(settings)]
    if problems:
        raise SetupError(*problems)
    return settings


def read_incomplete(*, env_file: str | None = ".env") -> tuple[Settings, list[str]]:
    """The settings, even if some are missing, and what is wrong with values that aren't valid.

    Those are at their defaults in the settings.
    """
    try:
        return Settings(_env_file=env_file), []  # pyright: ignore[reportCallIssue] - pydantic-settings' own argument
    except ValidationError as error:
        wrong = {str(problem["loc"][0]): problem for problem in error.errors()}
    defaults = {name: Settings.model_fields[name].get_default() for name in wrong}
    settings = Settings(_env_file=env_file, **defaults)  # pyright: ignore[reportCallIssue] - likewise
    return settings, [_unreadable(name, problem) for name, problem in wrong.items()]


# What may stand there, in words of ours rather than of the library that found it.
_ALLOWED: Final = {
    "port": "a number from 0 to 65535",
    "reconcile_seconds": "a whole number of seconds, at least 1",
    "max_monitors_per_workspace": "a whole number, at least 1",
    "max_monitors_per_person": "a whole number, at least 1",
    "log_level": "debug, info, warning or error",
    "log_format": "console or json",
    "command_prefix": "at most 20 lowercase letters, digits, hyphens or underscores",
}


def _unreadable(name: str, problem: ErrorDetails) -> str:
    allowed = _ALLOWED.get(name)
    if allowed is None:
        allowed = f"something else ({problem['msg']})"
    return f"{name.upper()} must be {allowed}. See .env.example."


def find_problems(settings: Settings) -> list[str]:
    """What is missing or contradictory, each with how to fix it."""
    return [
        *_slack_problems(settings),
        *_secret_problems(settings),
        *address_problems(settings),
        *_account_problems(settings),
        *_store_problems(settings),
    ]


def find_warnings(settings: Settings) -> list[str]:
    """What works but is hardly meant, each in one line with how to fix it."""
    if settings.parallel_api_key is None or settings.operator_team_ids != frozenset():
        return []
    unused = (
        "PARALLEL_API_KEY serves no workspace, because OPERATOR_ACCOUNT_FOR is own (the default "
        "with SLACK_CLIENT_ID): each workspace connects its own Parallel account. To share yours, "
        "set OPERATOR_ACCOUNT_FOR to the workspaces' ids, or to any."
    )
    return [unused]


def _slack_problems(settings: Settings) -> Iterator[str]:
    if settings.slack_signing_secret is None and settings.slack_app_token is None:
        yield (
            "SLACK_SIGNING_SECRET is missing. Copy it from your Slack app's page, under Basic "
            "Information, App Credentials. Or set SLACK_APP_TOKEN for Socket Mode."
        )
    yield from _token_problems(settings)
    if settings.slack_bot_token is None and settings.slack_client_id is None:
        yield (
            "Neither SLACK_BOT_TOKEN nor SLACK_CLIENT_ID is set. Set SLACK_BOT_TOKEN for one "
            "workspace, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for many."
        )
    if settings.slack_bot_token is not None and settings.slack_client_id is not None:
        yield (
            "SLACK_BOT_TOKEN (one workspace) and SLACK_CLIENT_ID (many, by OAuth) can't both be "
            "set. Remove one of them."
        )
    if (settings.slack_client_id is None) != (settings.slack_client_secret is None):
        yield "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together. Set both or neither."
    if settings.uses_oauth and settings.public_url is None:
        yield (
            "PUBLIC_URL is missing, and OAuth needs it to send the browser back. Set it to the "
            "https address where Slack can reach this app."
        )


# How each kind of Slack's tokens begins: what it is, and the variable it belongs in.
_TOKENS: Final = {
    "xoxb-": ("a bot token", "SLACK_BOT_TOKEN"),
    "xapp-": ("an app-level token", "SLACK_APP_TOKEN"),
    "xoxp-": ("a user's token", None),
    "xoxe.": (
        (
            "a rotating token, which expires within 12 hours. Turn token rotation off, or set "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET instead"
        ),
        None,
    ),
    "xoxe-": ("a refresh token", None),
    "xoxc-": ("a browser session's token", None),
    "xoxs-": ("a legacy token", None),
}
_BELONGS: Final = {
    "slack_bot_token": (
        "xoxb-",
        "Copy the Bot User OAuth Token from your Slack app's page, under OAuth & Permissions.",
    ),
    "slack_app_token": (
        "xapp-",
        "Create an app-level token under Basic Information, with the scope connections:write.",
    ),
    "slack_signing_secret": (None, "Copy it from Basic Information, App Credentials."),
    "slack_client_secret": (None, "Copy it from Basic Information, App Credentials."),
    "parallel_api_key": (None, "Copy it from platform.parallel.ai, API keys."),
    "parallel_webhook_secret": (None, "Copy it from platform.parallel.ai, Settings, Webhooks."),
}


def _token_problems(settings: Settings) -> Iterator[str]:
    """Tokens in variables where they can't work, each with the variable they belong in."""
    for name, (wanted, remedy) in _BELONGS.items():
        value: SecretStr | None = getattr(settings, name)
        text = value.get_secret_value() if value is not None else wanted or ""
        found = next((begin for begin in _TOKENS if text.startswith(begin)), None)
        if found == wanted:
            continue
        kind, home = _TOKENS.get(found or "", (f"not a token that starts with {wanted}", None))
        belongs = f", which belongs in {home}" if home else ""
        yield f"{name.upper()} is {kind}{belongs}. {remedy}"


def _secret_problems(settings: Settings) -> Iterator[str]:
    for name in ("slack_signing_secret", "slack_client_secret", "parallel_webhook_secret"):
        value: SecretStr | None = getattr(settings, name)
        parts = value.get_secret_value().split(",") if value is not None else []
        if any(0 < len(part.strip()) < _SHORTEST_SECRET for part in parts):
            yield (
                f"{name.upper()} is shorter than {_SHORTEST_SECRET} characters, which can be "
                "guessed. Copy the whole of it again."
            )


def address_problems(settings: Settings) -> Iterator[str]:
    """Addresses that can't be used, each with how to fix it."""
    if settings.public_url is not None and not _is_usable(settings.public_url):
        yield (
            f"PUBLIC_URL is {settings.public_url}, but it must be an https address without a path, "
            "like https://threadwatch.example.com (http only on loopback)."
        )
    for name in _BASE_ADDRESSES:
        address: str = getattr(settings, name)
        if not _is_secure(address):
            yield (
                f"{name.upper()} is {address}, but it must be an https address (http only on "
                "loopback), because tokens and keys are sent there."
            )
    for name in ("support_url", "privacy_url"):
        link: str | None = getattr(settings, name)
        if link is not None and not _is_web_page(link):
            yield (
                f"{name.upper()} is {link}, but people follow it in a browser: it must be a web "
                "address, like https://example.com/threadwatch."
            )
    if proxies := [each for each in split(settings.trusted_proxies) if not _is_network(each)]:
        yield (
            f"TRUSTED_PROXIES contains {', '.join(proxies)}, but it takes addresses or networks "
            "with commas, like 10.0.0.0/8,192.0.2.7."
        )


def _account_problems(settings: Settings) -> Iterator[str]:
    if settings.parallel_webhook_secret is not None and settings.parallel_api_key is None:
        yield (
            "PARALLEL_WEBHOOK_SECRET is set without PARALLEL_API_KEY. Set the key of the same "
            "account, or remove the secret."
        )
    wanted = settings.operator_account_for
    if wanted not in {None, "own", "any"} and not _are_team_ids(split(wanted or "")):
        yield (
            f"OPERATOR_ACCOUNT_FOR is {wanted}, but it must be own, any, or the ids of workspaces, "
            "like T0123ABCD,T0456EFGH."
        )


def _are_team_ids(listed: list[str]) -> bool:
    return bool(listed) and all(_TEAM_ID.fullmatch(each) for each in listed)


def _parts(address: str) -> SplitResult:
    """Empty, if it can't be split."""
    try:
        url = urlsplit(address)
        _ = url.port
    except ValueError:
        return urlsplit("")
    return url


def _is_usable(address: str) -> bool:
    url = _parts(address)
    bare = not (url.path or url.query or url.fragment)
    return bare and _is_secure(address) and url.username is None


def _is_secure(address: str) -> bool:
    url = _parts(address)
    return url.hostname is not None and (
        url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
    )


def _is_web_page(address: str) -> bool:
    """As Slack's links and its manifest take it."""
    url = _parts(address)
    is_plain = url.username is None and not re.search(r"\s", address)
    return is_plain and url.scheme in {"http", "https"} and bool(url.hostname)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _store_problems(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None and settings.encryption_keys is None:
        yield (
            "ENCRYPTION_KEYS must be set when DATABASE_URL is, so that every replica can decrypt "
            f"the stored secrets. {NEW_KEY}"
        )
