"""Who acts, where, and for which workspace, in every shape of request that Slack documents.

`slack_requests.json` holds requests in the shapes of Slack's reference and of reports of its SDKs;
`actor` is null where no field names the workspace for certain.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

import pytest
from _pytest.mark.structures import ParameterSet

from bot.slack.actor import Actor, read_request
from bot.slack.payloads import MissingFieldError
from monitors.model.workspace import ThreadRef, Workspace

SHAPES: Final = Path(__file__).with_name("slack_requests.json")

Body = Mapping[str, object]


def shapes() -> Iterator[ParameterSet]:
    for shape in cast("list[dict[str, object]]", json.loads(SHAPES.read_text())):
        expected = cast("dict[str, str | None] | None", shape["actor"])
        actor = None if expected is None else actor_of(expected)
        yield pytest.param(shape["body"], actor, id=str(shape["name"]))


def actor_of(expected: dict[str, str | None]) -> Actor:
    channel, thread_ts = expected["channel"], expected["thread_ts"]
    return Actor(
        workspace=Workspace(expected["team_id"] or "", expected["enterprise_id"]),
        user_id=expected["user_id"],
        user_team=expected["user_team"],
        channel=channel,
        thread=ThreadRef(channel, thread_ts) if channel and thread_ts else None,
    )


@pytest.mark.parametrize(("body", "actor"), list(shapes()))
def test_every_request_of_slacks_says_who_acts_where(body: Body, actor: Actor | None) -> None:
    asked = read_request(body)
    assert asked is not None
    if actor is None:
        with pytest.raises(MissingFieldError):
            _ = asked.actor
    else:
        assert asked.actor == actor


def test_a_kind_of_request_without_an_actor_has_none() -> None:
    assert read_request({"type": "app_rate_limited", "team_id": "T1"}) is None


@pytest.mark.parametrize("body", [{}, {"type": None}, {"type": 1}])
def test_what_is_no_request_of_slacks_is_malformed(body: Body) -> None:
    with pytest.raises(MissingFieldError):
        read_request(body)
