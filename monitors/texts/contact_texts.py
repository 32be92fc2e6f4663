"""What people read when they first meet the app."""

from typing import Final


def welcome(*, prefix: str, is_connected: bool, is_admin: bool) -> str:
    """For the person who installed the app: what it is for, and the next step."""
    if is_connected:
        next_step = "in any channel or right here, type"
    else:
        connect = "an admin of this workspace connects a Parallel account in my Home tab."
        if is_admin:
            connect = "connect a Parallel account: it runs the monitors, and pays for them."
        next_step = f"{connect} Then type, in any channel or right here"
    return (
        "Thanks for adding me. I watch the web for what you ask about, and post each finding once, "
        f"in one thread. Next, {next_step}: /{prefix}monitor latest AI research papers"
    )


FIRST_MONITOR: Final = (
    "That's the first monitor in this workspace: its message shows how it's doing, its thread gets "
    "each finding once, and the reply “cancelmonitor” there stops it."
)


def not_connected(*, prefix: str, is_admin: bool = False) -> str:
    """Nothing can be watched yet; an admin has a button below."""
    happened = "This workspace isn't connected to Parallel yet."
    if is_admin:
        return f"{happened} As an admin, you can connect it here. Then run your command again."
    return f"{happened} An admin can connect it in my Home tab; see /{prefix}help."


def not_changed(reason: str) -> str:
    """For the admin who chose a monitor without a thread."""
    if reason.startswith("slack:"):
        reason = "Slack won't let me post in that channel. Invite me there, or choose another."
    if reason.startswith("parallel:"):
        reason = "Parallel refused it. Check the account in my Home tab, then try again."
    return f"I couldn't do that with the monitor without a thread. {reason}"
