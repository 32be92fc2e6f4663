"""Whatever holds a secret does not show it when it is printed, in a log line or an exception."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

import bot
import monitors
import webhooks
from monitors.model.account import ParallelAccount
from monitors.model.linking import LinkRequest, LinkSession, PendingConsent, Receipt, Visitor
from monitors.model.workspace import Workspace
from monitors.settings import Settings

_SECRET: Final = re.compile(
    r"(secrets?|token|api_key|encryption_keys?|csrf|verifier|password|session_id)$|(redis|database)_url$"
)


def classes() -> Iterator[type]:
    for room in (bot, monitors, webhooks):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name.endswith("__main__") or ".migrations." in module.name:
                continue
            loaded = importlib.import_module(module.name)
            for _, found in inspect.getmembers(loaded, inspect.isclass):
                if found.__module__ == module.name:
                    yield found


def shown(found: type) -> list[str]:
    """The fields named like a secret that a class's repr shows."""
    owner = f"{found.__module__}.{found.__qualname__}"
    if dataclasses.is_dataclass(found):
        names = [f.name for f in dataclasses.fields(found) if f.repr and f.type is not bool]
    elif issubclass(found, BaseModel):
        names = [
            name
            for name, field in found.model_fields.items()
            if field.repr and SecretStr not in _types_in(field.annotation)
        ]
    else:
        names = []
    places = (f"{owner}.{name}" for name in names)
    return [place for place in places if _SECRET.search(place)]


def _types_in(annotation: object) -> tuple[object, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def test_no_class_of_ours_shows_a_secret() -> None:
    assert [place for found in classes() for place in shown(found)] == []


def test_a_class_that_did_would_be_seen() -> None:
    leaky = dataclasses.make_dataclass("Leaky", [("api_key", str)])
    assert shown(leaky)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40))
def test_what_is_printed_does_not_hold_the_secret(secret: str) -> None:
    workspace = Workspace("T1")
    holders: list[object] = [
        ParallelAccount("endpoint", secret, (secret, secret)),
        LinkSession(Visitor(LinkRequest(workspace, "U1"), "Ada"), secret),
        Receipt(workspace, "Acme", "https://slack.com/", secret),
        PendingConsent(secret, secret),
        Settings(
            slack_signing_secret=SecretStr(secret),
            encryption_keys=SecretStr(secret),
            database_url=f"postgresql+asyncpg://me:{secret}@host/db",
            redis_url=f"rediss://:{secret}@host",
        ),
    ]
    for holder in holders:
        assert secret not in repr(holder)
        assert secret not in str(holder)
        assert secret not in f"{holder}"
        with pytest.raises(ValueError, match="about") as raised:
            raise ValueError("about", holder)
        assert secret not in str(raised.value)
