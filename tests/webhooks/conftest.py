"""One door for all tests of this folder, emptied for each."""

from collections.abc import Iterator

import pytest

from tests.webhooks.door import Door, open_door


@pytest.fixture(scope="session")
def one_door() -> Iterator[Door]:
    with open_door() as door:
        yield door


@pytest.fixture
def door(one_door: Door) -> Door:
    one_door.queue.jobs.clear()
    one_door.queue.is_down = False
    one_door.accounts.asked.clear()
    one_door.accounts.is_down = False
    one_door.notices.heard.clear()
    return one_door
