"""Text that is named in a sentence."""


def shortened(text: str, longest: int) -> str:
    """In one line of at most so many characters; a cut is shown by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
