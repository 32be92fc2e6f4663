"""Looking for secrets, and for what people asked, in all that a run wrote."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

# What every token of Slack's begins with, in clear.
TOKENS: Final = ("xoxb-", "xoxe-", "xoxe.", "xoxp-", "xapp-")
_SECRET_VARIABLES: Final = (
    "SLACK_SIGNING_SECRET",
    "SLACK_CLIENT_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "PARALLEL_API_KEY",
    "PARALLEL_WEBHOOK_SECRET",
    "ENCRYPTION_KEYS",
)
_SHORTEST: Final = 4


def secrets_of(variables: Mapping[str, str]) -> dict[str, str]:
    """Every secret of an app's settings, by where it was given; lists as what they hold."""
    found = {f"tokens ({prefix})": prefix for prefix in TOKENS}
    for name in _SECRET_VARIABLES:
        parts = [part.strip() for part in variables.get(name, "").split(",")]
        found |= {f"{name} {at}": part for at, part in enumerate(parts, start=1) if part}
    for name in ("DATABASE_URL", "REDIS_URL"):
        if password := urlsplit(variables.get(name, "")).password:
            found[f"password of {name}"] = password
    if short := [name for name, secret in found.items() if len(secret) < _SHORTEST]:
        raise ValueError(f"too short to be looked for: {short}")
    return found


def leaks_in(secrets: Mapping[str, str], written: Mapping[str, bytes]) -> list[str]:
    """Which secret stands where, in words that do not name it."""
    return [
        f"{name} in {place}"
        for place, content in written.items()
        for name, secret in secrets.items()
        if secret.encode() in content
    ]


def files_below(folder: Path, *, but: Iterable[str] = ()) -> dict[str, bytes]:
    """The content of every file, by its path; one that vanishes meanwhile is passed over."""
    left_out, found = set(but), dict[str, bytes]()
    for path in sorted(folder.rglob("*")):
        if path.name in left_out or not path.is_file():
            continue
        try:
            found[str(path.relative_to(folder))] = path.read_bytes()
        except FileNotFoundError:
            continue
    return found
