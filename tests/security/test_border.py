"""Nothing crosses from one workspace into another, whatever a request names.

Two workspaces with accounts of their own and two that share the operator's stand side by side, and
two of one organisation; each tries every command, button, view, reply, event, webhook and job on
each other.
"""

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Final, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.cli.demo import demo_settings
from bot.wiring import Wiring
from bot.wiring.handlers import job_kinds
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import SandboxConfig, running_sandbox
from tests.flows.app import IMPATIENT, RunningApp
from tests.flows.world import World
from tests.security.border import LINKED, ORGANISED, SHARING, Border
from tests.security.crossings import APART, FORGED, JOBS, SLIPPED_IN, Crossing, Pick, Try, crossings
from tests.servers import free_port

pytestmark = pytest.mark.thorough

T = TypeVar("T")

EXAMPLES: Final = 60
CROSSINGS: Final = crossings()


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Generator[Border]:
    config = SandboxConfig()
    # Nothing happens by itself: what changes was caused by what was tried.
    timings = replace(
        IMPATIENT, first_reconcile_seconds=100_000.0, suspended_retry_after=timedelta(days=1)
    )
    with running_sandbox(config) as running:
        data_dir: Path = tmp_path_factory.mktemp("border") / "data"
        made = demo_settings(running, config.slack, port=free_port(), data_dir=data_dir)
        with (
            RunningApp(made, timings=timings) as app,
            httpx.Client(
                base_url=running.url, timeout=120, trust_env=False, verify=NO_TLS
            ) as client,
        ):
            asyncio.run(connect_app(running.url, app.url))
            yield Border(app, World(client=client, app_url=app.url), {})


def pairs(name: str) -> Sequence[tuple[str, str]]:
    """Who may try it on whom."""
    every = [*permutations((*LINKED, *SHARING), 2), *permutations(ORGANISED, 2)]
    if name.endswith(APART):
        return [(one, other) for one, other in every if not {one, other} <= {*SHARING}]
    return every


def test_no_job_is_left_out(border: Border) -> None:
    async def kinds(wiring: Wiring) -> set[str]:
        return {*job_kinds(wiring.services)}

    # The first is tried by each of its kinds, the others name nobody.
    assert border.app.do(kinds) == {
        *(name.split()[0] for name in JOBS),
        "reconcile",
        "housekeeping",
    }


def test_the_reconciler_finds_no_monitor_that_claims_to_be_anothers(border: Border) -> None:
    mine, theirs = border.whole(LINKED[0]), border.whole(LINKED[1])
    CROSSINGS[FORGED](Try(border, mine, theirs, theirs_alone, said=[]))
    border.look_around()
    border.world.until(border.quiet)
    assert SLIPPED_IN not in border.seen_by(theirs)


def theirs_alone(mine: T, theirs: T) -> T:
    del mine
    return theirs


@pytest.mark.parametrize("name", CROSSINGS)
def test_nothing_crosses_that_names_the_other_alone(border: Border, name: str) -> None:
    for one, other in {LINKED, ORGANISED, SHARING} & {*pairs(name)}:
        attempt(border, CROSSINGS[name], one=one, other=other, pick=theirs_alone)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # An example is short as it is, and what failed once may have changed the workspaces.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_nothing_crosses_whatever_is_named(border: Border, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(CROSSINGS)))
    one, other = data.draw(st.sampled_from(pairs(name)))

    def pick(mine: T, theirs: T) -> T:
        return mine if data.draw(st.booleans()) else theirs

    attempt(border, CROSSINGS[name], one=one, other=other, pick=pick)


def attempt(border: Border, crossing: Crossing, *, one: str, other: str, pick: Pick) -> None:
    mine, theirs = border.whole(one), border.whole(other)
    border.world.until(border.quiet)
    before = border.kept_of(theirs)
    tried = Try(border, mine, theirs, pick, said=[])
    crossing(tried)
    border.world.until(border.quiet)
    after = border.kept_of(theirs)
    for name, kept in before.items():
        assert after[name] == kept, f"{name} of the other workspace changed"
    assert theirs.word not in border.seen_by(mine)
    assert theirs.word not in " ".join(tried.said)
