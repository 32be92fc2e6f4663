"""How long a job waits that nobody told how long."""

import random

from hypothesis import given
from hypothesis import strategies as st

from monitors.work.runner import BACKOFF, KEEP_TRYING, Backoff

BACKOFFS = st.builds(
    Backoff,
    first_seconds=st.floats(0.01, 60),
    longest_seconds=st.floats(60, 3600),
)


@given(BACKOFFS, st.integers(1, 10_000), st.randoms(use_true_random=False))
def test_each_wait_is_in_the_upper_half_of_its_doubled_step(
    backoff: Backoff, attempt: int, rng: random.Random
) -> None:
    full = min(backoff.longest_seconds, backoff.first_seconds * 2.0 ** min(attempt - 1, 40))
    seconds = backoff.seconds(attempt, rng)
    assert full / 2 <= seconds <= full


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_jobs_that_fail_together_do_not_come_back_together(attempt: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    waits = {BACKOFF.seconds(attempt, rng) for _ in range(20)}
    assert len(waits) > 10


def test_a_job_is_tried_often_and_never_for_longer_than_two_days() -> None:
    rng = random.Random(1)  # noqa: S311 - likewise
    attempt, spent = 1, 0.0
    while spent <= KEEP_TRYING.total_seconds():
        spent += BACKOFF.seconds(attempt, rng)
        attempt += 1
    assert attempt > 190
    assert spent <= KEEP_TRYING.total_seconds() + BACKOFF.longest_seconds
