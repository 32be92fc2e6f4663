"""Findings with known words, for flows that ask which of them stand in a thread."""

from tests.flows.world import Json, Thread, World


def finding(content: str) -> Json:
    """One event for `World.run(events=[…])`."""
    basis: list[Json] = []
    output: Json = {"type": "text", "content": content, "basis": basis}
    return {"event_type": "event_stream", "event_date": "2026-04", "output": output}


def assert_each_once(world: World, thread: Thread, monitor_id: str, words: list[str]) -> None:
    """Those findings stand in the thread in that order, a later one behind them, nothing else."""
    world.run(monitor_id, events=[finding("and all is well")])
    world.until(lambda: "and all is well" in " ".join(world.replies(thread)))
    said = world.replies(thread)
    assert len(said) == len(words) + 1, said
    for word, reply in zip(words, said, strict=False):
        assert word in reply
