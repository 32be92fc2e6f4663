"""What is said with a file, and where one can't be sent. Nothing of the web's: Slack unfurls it."""

from typing import Final

EXPORT_HISTORY: Final = "Export as CSV"
EXPORT_AUDIT: Final = "Export audit trail"
EXPORT_TITLE: Final = "Export"
SENDING: Final = (
    "I'm making the file and will send it to you in a direct message, usually within a minute."
)
AUDIT: Final = (
    "Who did what in this workspace in the last year, as a CSV file, newest first. Times are UTC."
)
WHOLE_ANSWER: Final = "The whole answer, as a file."
REST_BELOW: Final = "The rest and the sources follow below."
AUDIT_FOR_ADMINS: Final = "Only admins and owners of this workspace can have its audit trail."
NOT_SEEN: Final = (
    "I can't send you that monitor's history: it's gone, or you aren't in its channel any more."
)
UNCERTAIN: Final = (
    "Slack's answer didn't arrive, so I can't tell whether your file came. I don't send it twice "
    "by myself. If you don't see it here, export it again."
)
EXPORT_GAVE_UP: Final = "I couldn't make your file for two days, so I gave up. Export it again."
# Of a spreadsheet.
HISTORY_HEAD: Final = (
    "What",
    "Checked (UTC)",
    "Happened (Parallel's estimate)",
    "Text",
    "Confidence",
    "Sources",
)
FOUND: Final = "Finding"
FOUND_NOTHING: Final = "Nothing new"
FAILED: Final = "Check failed"


def history(count: int, *, is_whole: bool) -> str:
    what = "This monitor's history, as a CSV file: findings and checks, newest first."
    return what if is_whole else f"{what} {only_latest(count)}"


def only_latest(count: int) -> str:
    return f"Only the latest {count:,} entries are in it; Parallel has older ones."


def not_sent(reason: str) -> str:
    return f"I couldn't send you the file. {reason} Then export it again."
