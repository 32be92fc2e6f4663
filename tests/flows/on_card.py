"""What people do with a monitor's card and its thread, and what then stands at Parallel."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from sandbox.demo import DEMO_ACCOUNT
from tests.flows.findings import finding
from tests.flows.world import Json, Thread, World


def monitor(world: World, monitor_id: str) -> Json:
    return world.monitor(monitor_id)


def frequency(world: World, monitor_id: str) -> object:
    return monitor(world, monitor_id)["frequency"]


def menu(world: World, thread: Thread) -> list[str]:
    """The labels of the card's menu."""
    card = next(each for each in world.messages() if each["ts"] == thread.ts)
    return [
        option["text"]["text"]
        for block in cast(
            "list[dict[str, list[dict[str, list[dict[str, dict[str, str]]]]]]]", card["blocks"]
        )
        for element in block.get("elements", [])
        for option in element.get("options", [])
    ]


def choose(world: World, thread: Thread, value: str, *, user: str = "") -> Json:
    body: Json = {
        "team_id": world.team_id,
        "user": user or world.user,
        "channel": thread.channel,
        "message_ts": thread.ts,
        "action_id": "more",
        "selected_option": value,
    }
    return world.post("/control/slack/actions", body)


def say(world: World, word: str, thread: Thread) -> str:
    """The answer to a reply."""
    before = len(world.replies(thread))
    world.say(word, thread=thread)
    world.until(lambda: len(world.replies(thread)) > before)
    return world.replies(thread)[-1]


def until_card(world: World, thread: Thread, words: str) -> None:
    world.until(lambda: words in world.card_text(thread))


def run(world: World, monitor_id: str, words: str) -> None:
    """A run that finds something, whose webhook the app has answered."""
    before = len(world.deliveries(monitor_id))
    world.run(monitor_id, events=[finding(words)])
    world.until(lambda: len(world.deliveries(monitor_id)) > before)


def policy(world: World, monitor_id: str) -> dict[str, Json]:
    """As the monitor's metadata says."""
    metadata = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    return cast("dict[str, Json]", json.loads(metadata["policy"]))


def set_policy(world: World, monitor_id: str, changed: object) -> None:
    """Change it at Parallel, as anyone with the account's key can; text stays as it is."""
    text = changed if isinstance(changed, str) else json.dumps(changed)
    metadata = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    answer = world.client.post(
        f"/parallel/v1/monitors/{monitor_id}/update",
        json={"metadata": metadata | {"policy": text}},
        headers={"x-api-key": DEMO_ACCOUNT.api_key},
    )
    assert answer.is_success


def at_once(*acts: Callable[[], object]) -> None:
    """Several people at the same moment."""
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(act) for act in acts]:
            each.result()
