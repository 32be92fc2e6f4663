"""The run itself, as CI has it: `CHAOS=1 pytest tests/chaos`, with `CHAOS_SEED` to repeat one."""

import os
from random import SystemRandom

import pytest
from rich.console import Console

from tests.chaos.__main__ import perform, size_of
from tests.chaos.plan import Mode, make_plan
from tests.chaos.report import table_of


@pytest.mark.skipif(not os.environ.get("CHAOS"), reason="takes minutes: run `make chaos`")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", list(Mode))
def test_killed_and_lied_to_the_app_loses_and_repeats_nothing(mode: Mode) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(1_000_000))
    outcome, problems = perform(make_plan(size_of(mode, None), mode, seed))
    Console(highlight=False).print(table_of(outcome))
    assert problems == ""
    assert outcome.made == outcome.plan.size.findings
    assert outcome.verdict.is_clean
