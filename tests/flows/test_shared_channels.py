"""Channels that two companies share: only the company whose monitor it is can act on it."""

from dataclasses import replace
from typing import Final

import pytest

from tests.first import first
from tests.flows.shared_channel import (
    ACTS,
    STRANGER,
    Act,
    assert_untouched,
    become,
    edit,
    move,
    press,
    shared_reply,
    told,
)
from tests.flows.world import Thread, World

THEIR_TEAM: Final = "T0STRANGE1"
NOT_YOURS: Final = "belongs to the other company"


@pytest.mark.parametrize("act", ACTS)
def test_another_company_in_the_channel_can_do_nothing_and_is_told(world: World, act: Act) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    said = told(world, STRANGER, lambda: act(world, thread, user=STRANGER, user_team=THEIR_TEAM))
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)


@pytest.mark.parametrize(
    "named",
    first(
        2,
        [
            {"user_team": THEIR_TEAM, "source_team": "T0ACME0001", "team": "T0ACME0001"},
            {"source_team": THEIR_TEAM, "team": "T0ACME0001"},
            {"team": THEIR_TEAM},
            {"user_team": "E0STRANGE1"},
        ],
    ),
    ids=["user_team", "source_team", "team", "organisation"],
)
def test_whichever_field_names_another_company_its_reply_cancels_nothing(
    world: World, named: dict[str, str]
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    assert NOT_YOURS in told(world, STRANGER, lambda: shared_reply(world, thread, **named))
    assert_untouched(world, thread, monitor_id)


@pytest.mark.parametrize("act", ACTS)
def test_slack_is_asked_whose_person_it_is_where_no_field_says_it(
    outside: World, acme: World, act: Act
) -> None:
    """Another company's is refused, as somebody is whom Slack does not know; ours is served."""
    guest = outside.workspace("Guests").user
    world = acme.room(members=[acme.user, guest], shared=True)
    thread, monitor_id = world.watch("new papers on fusion")
    for user, says in ((guest, NOT_YOURS), ("U0NOBODY01", "I couldn't check with Slack")):
        since = world.mark("slack")
        assert says in told(world, user, lambda u=user: act(world, thread, user=u, user_team=None))
        assert len(world.slack_calls("users.info", since=since)) == 1
        assert_untouched(world, thread, monitor_id)
    act(world, thread, user=world.user, user_team=None)
    became = world.until(lambda: become(world, thread, monitor_id))
    assert became == {move: "moved", edit: "edited"}.get(act, "cancelled")


def test_a_person_is_refused_once_slack_says_who_they_are(outside: World, acme: World) -> None:
    guest = outside.workspace("Guests").user
    world = acme.room(members=[acme.user, guest], shared=True)
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "500", match="users.info", times=2)
    said = told(world, guest, lambda: press(world, thread, user=guest, user_team=None))
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)
    acme.calm()


def test_ones_own_monitor_is_cancelled_whoevers_app_heard_it(outside: World, world: World) -> None:
    """Both companies have the app, and Slack names the other one's installation."""
    other = outside.workspace("Partners")
    other.install()
    thread, _ = world.watch("new papers on fusion")
    shared_reply(world, thread, user_team=world.team_id, heard_by=other.team_id)
    world.until(lambda: world.replies(thread))
    assert world.replies(thread)[0].startswith("Cancelled")


def test_a_person_whose_company_has_the_app_too_is_told_that_a_monitor_is_not_theirs(
    outside: World, world: World
) -> None:
    other = outside.workspace("Partners")
    other.install()
    thread, monitor_id = world.watch("new papers on fusion")
    said = told(
        world,
        other.user,
        lambda: shared_reply(world, thread, user=other.user, user_team=other.team_id),
    )
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)


def test_words_of_a_stranger_in_any_other_thread_meet_silence(world: World) -> None:
    other = replace(world, user=world.user)
    root = other.say("lunch?")
    thread = Thread(world.channel, str(root["ts"]))
    since = world.mark("slack")
    world.until_done("intent", lambda: shared_reply(world, thread, user_team=THEIR_TEAM))
    assert world.slack_calls("chat.postEphemeral", since=since) == []
