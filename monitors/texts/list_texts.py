"""What is said in lists of monitors, in the Home tab, and of what a monitor found before."""

from typing import Final

CANCELLED: Final = "Cancelled. The monitor's thread says so, too."
ALREADY_CANCELLED: Final = "That monitor was already cancelled, so it's gone from this list."
CHANNELS_UNKNOWN: Final = (
    "I couldn't check with Slack which channels you're in, so your monitors elsewhere aren't "
    "shown. Try again in a minute."
)
NOTHING_LIKE_IT: Final = "None of your monitors match. Clear the search, or choose All."
NO_HISTORY: Final = "No checks yet. What this monitor finds will be listed here."
END_OF_HISTORY: Final = "Parallel lists nothing older."
HISTORY_GOES_ON: Final = "For all of it, choose History on this thread's first message."
