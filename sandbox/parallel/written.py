"""Findings written by hand, for the query that the demo suggests; the rest are made up."""

from dataclasses import dataclass
from typing import Final, Literal

HINTED_QUERY: Final = "latest AI research papers"


@dataclass(frozen=True, slots=True)
class Written:
    headline: str
    details: str
    sources: tuple[tuple[str, str], ...]
    """Address and title. The pages exist, and list papers like the one that is made up here."""
    confidence: Literal["low", "medium", "high"]


_FINDINGS: Final = (
    Written(
        "Small models catch up with large ones by checking their own work",
        "A preprint from four universities trains a model of 7 billion parameters to verify each "
        "step before it takes the next. It solves 71% of competition maths problems, up from 46%, "
        "at a fifth of the larger model's cost. Code and weights are public.",
        (
            ("https://arxiv.org/list/cs.CL/recent", "Computation and Language, recent papers"),
            ("https://huggingface.co/papers", "Daily Papers"),
        ),
        "high",
    ),
    Written(
        "A million tokens of context fit on one graphics card",
        "Instead of keeping every token, the model learns which ones it can forget. The authors "
        "report the same recall on long documents with an eighth of the memory, and no retraining "
        "from scratch. Two groups have already repeated the result.",
        (
            ("https://arxiv.org/list/cs.LG/recent", "Machine Learning, recent papers"),
            ("https://openreview.net/", "OpenReview"),
        ),
        "medium",
    ),
    Written(
        "A third of reported benchmark gains vanish when they are measured again",
        "A replication study ran the code of 120 papers with five random seeds each: gains of less "
        "than two points rarely held. The authors propose a minimum standard for reporting, which "
        "two conferences say they will try next year.",
        (("https://arxiv.org/list/stat.ML/recent", "Statistics: Machine Learning, recent papers"),),
        "high",
    ),
)


def written_for(query: str, number: int) -> Written | None:
    """The monitor's finding of that number, from 0; None once all have been told."""
    if query.strip().casefold() != HINTED_QUERY.casefold() or number >= len(_FINDINGS):
        return None
    return _FINDINGS[number]
