"""One stand-in for all tests of this folder, as new for each."""

from collections.abc import Iterator

import pytest

from sandbox.parallel import ParallelSettings
from tests.sandbox.parallel.driver import SEEDS, Parallel, Receiver, listening, running


@pytest.fixture(scope="session")
def stand_in() -> Iterator[Parallel]:
    # Runs happen when a test asks for one, not by themselves.
    with running(ParallelSettings(accounts=SEEDS, creation_run=False)) as parallel:
        yield parallel


@pytest.fixture
def parallel(stand_in: Parallel) -> Parallel:
    stand_in.clock.speed = 1.0
    stand_in.control.post("/reset")
    return stand_in


@pytest.fixture(scope="session")
def one_receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def receiver(one_receiver: Receiver) -> Receiver:
    one_receiver.status = 200
    one_receiver.hooks.clear()
    return one_receiver
