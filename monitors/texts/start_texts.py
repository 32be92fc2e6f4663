"""What is said before a monitor is started: the form's errors, advice, limits, questions."""

from typing import Final

from monitors.model.frequency import in_words
from monitors.model.words import shortened


def no_such_command(name: str, *, right: str) -> str:
    return f"{name} isn't a command of mine here. Use {right} instead."


GUESTS_START_NONE: Final = (
    "Guests can't start monitors here, because they run on a shared Parallel account. Ask a full "
    "member of this workspace to start it."
)
CHOOSE_A_CHANNEL: Final = "Choose where I should post."
NOTHING_TO_WATCH: Final = "Say what to watch for, in plain words."
PLAIN_WORDS: Final = (
    "Search operators such as AND, OR or site: mean nothing here. Describe in plain words what you "
    "want to hear about, and put websites in their own fields below."
)
NOT_THE_PAST: Final = (
    "This names a year that is over. A monitor reports what's new from now on, so it may find "
    "nothing."
)


def workspace_is_full(limit: int) -> str:
    return (
        f"This workspace already has {limit} active monitors, which is its limit. Cancel one "
        "first, or ask the person who runs this app to raise MAX_MONITORS_PER_WORKSPACE."
    )


def person_is_full(limit: int) -> str:
    return (
        f"You already have {limit} active monitors, which is your limit on this app's shared "
        "Parallel account. Cancel one first, ask an admin to connect this workspace's own account, "
        "or ask the person who runs this app to raise MAX_MONITORS_PER_PERSON."
    )


START_ANOTHER: Final = "Start another"
QUESTION_OVER: Final = "That question is over. If nothing was started, run the command again."


def a_command_perhaps(word: str) -> str:
    return (
        f"Watch the web for “{word}”? If you meant a command, reply with it in a monitor's thread."
    )


def watch_the_word(word: str) -> str:
    """A button's label."""
    return f"Watch the word {shortened(word, 40)}"


def watched_already(frequency: str) -> str:
    return (
        f"This channel already watches that, {in_words(frequency)}. Start another monitor for it?"
    )
