"""That the judge sees what is wrong: a run that could not fail would prove nothing."""

from collections.abc import Sequence

from tests.chaos.plan import Mode, Size, make_plan
from tests.chaos.verdict import Made, Typed, Verdict, judge
from tests.chaos.world import MessageSeen, MonitorSeen

TEAM, CHANNEL = "T1", "C1"
FIRST, SECOND = "finding-0000-00000-0000000a", "finding-0000-00001-0000000b"


def reply(tag: str, ts: str, *, thread_ts: str = "100.0") -> MessageSeen:
    return MessageSeen(ts=ts, thread_ts=thread_ts, bot_id="B1", text=f"News: {tag} was seen.")


def card(ts: str = "100.0", text: str = "Watching every day. The query: …") -> MessageSeen:
    return MessageSeen(ts=ts, thread_ts=None, bot_id="B1", text=text)


def monitor(thread_ts: str = "100.0") -> MonitorSeen:
    return MonitorSeen.model_validate(
        {
            "monitor_id": "monitor_1",
            "query": "news",
            "status": "active",
            "metadata": {
                "slack_channel_id": CHANNEL,
                "slack_thread_id": thread_ts,
                "slack_team_id": TEAM,
            },
        }
    )


def verdict_on(
    messages: Sequence[MessageSeen],
    *,
    elsewhere: Sequence[MessageSeen] = (),
    monitors: Sequence[MonitorSeen] | None = None,
    acknowledged: bool = True,
) -> Verdict:
    typed = [Typed(TEAM, CHANNEL, 0, acknowledged)]
    made = {CHANNEL: [Made(FIRST, 101.0), Made(SECOND, 102.0)]}
    seen = {TEAM: {CHANNEL: list(messages)}, "T2": {"C2": list(elsewhere)}}
    return judge(typed, made, [monitor()] if monitors is None else monitors, seen)


def test_each_finding_once_and_in_order_is_clean() -> None:
    verdict = verdict_on([card(), reply(FIRST, "103.0"), reply(SECOND, "107.0")])
    assert verdict.is_clean
    assert verdict.problems() == []
    assert verdict.slowest[0] == 5.0


def test_a_finding_that_is_not_there_is_lost() -> None:
    verdict = verdict_on([card(), reply(SECOND, "107.0")])
    assert len(verdict.lost) == 1
    assert FIRST in verdict.lost[0]


def test_a_finding_that_stands_twice_is_repeated() -> None:
    verdict = verdict_on([card(), *(reply(tag, "103.0") for tag in (FIRST, FIRST, SECOND))])
    assert len(verdict.repeated) == 1
    assert verdict.lost == verdict.out_of_order == []


def test_a_finding_that_overtook_another_is_out_of_order() -> None:
    verdict = verdict_on([card(), reply(SECOND, "103.0"), reply(FIRST, "104.0")])
    assert len(verdict.out_of_order) == 1


def test_a_finding_in_another_workspace_or_outside_its_thread_is_misplaced() -> None:
    stray = MessageSeen(ts="105.0", thread_ts=None, bot_id=None, text=SECOND)
    thread = [card(), reply(FIRST, "103.0"), reply(SECOND, "104.0")]
    verdict = verdict_on([*thread, stray], elsewhere=[reply(FIRST, "103.0")])
    assert len(verdict.misplaced) == 2


def test_a_second_card_or_monitor_is_seen() -> None:
    thread = [card(), reply(FIRST, "103.0"), reply(SECOND, "104.0")]
    assert verdict_on([card("99.0"), *thread]).cards
    assert verdict_on(thread, monitors=[monitor(), monitor()]).cards
    assert verdict_on(thread, monitors=[]).cards


def test_a_card_that_is_not_watching_or_not_its_monitors_is_seen() -> None:
    replies = [reply(FIRST, "103.0"), reply(SECOND, "104.0")]
    assert verdict_on([card(text="Setting up…"), *replies]).cards
    assert verdict_on([card(), *replies], monitors=[monitor("99.0")]).cards


def test_a_command_that_answered_an_error_may_have_come_to_nothing() -> None:
    assert not verdict_on([], monitors=[], acknowledged=False).cards
    assert verdict_on([card()], monitors=[], acknowledged=False).cards


def test_the_same_seed_plans_the_same_run() -> None:
    size = Size(workspaces=2, threads=5, findings=50)
    assert make_plan(size, Mode.SPLIT, 7) == make_plan(size, Mode.SPLIT, 7)
    assert make_plan(size, Mode.SPLIT, 7) != make_plan(size, Mode.SPLIT, 8)


def test_a_plan_makes_every_finding_and_strikes_everything() -> None:
    plan = make_plan(Size(), Mode.SPLIT, 1)
    assert sum(map(len, plan.findings)) == sum(plan.webhooks.values()) == 2000
    assert len({finding.tag for thread in plan.findings for finding in thread}) == 2000
    assert {blow.kind.value for blow in plan.blows} == {
        "kill web",
        "kill worker",
        "kill redis",
        "empty redis",
    }
