"""Words for a sentence: a text shortened, a number with its noun."""


def shortened(text: str, longest: int) -> str:
    """In one line of at most so many characters; a cut is shown by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def counted(count: int, noun: str) -> str:
    """`1 source`, `2 sources`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
