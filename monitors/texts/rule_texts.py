"""What people read of their workspace's rules and budgets. An admin or an owner has a name here."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from monitors.model.rules import Rules, Who

APPROVE: Final = "Approve"
DECLINE: Final = "Decline"
RULES_SAVED: Final = "Saved. Monitors that are already running keep running."
NOT_DOLLARS: Final = "Use a whole number of dollars, like 20, or leave it empty for no limit."
APPROVAL_OVER: Final = (
    "This request has been answered already, or is more than a day old. Nothing was changed."
)
CHANGED_MEANWHILE: Final = (
    "Someone changed the rules in the meantime, so nothing was saved. Open the form again to see "
    "them."
)
TAKEN_OVER: Final = (
    "You own these monitors now: their cards say so, and I'll tell you if one has a problem."
)
NOT_IN_THIS_CHANNEL: Final = (
    "This workspace's admins don't allow monitors in this channel. My Home tab lists the channels "
    "they allow."
)
NOT_IN_THAT_CHANNEL: Final = (
    "This workspace's admins don't allow monitors in that channel. Choose another; my Home tab "
    "lists the channels they allow."
)
WHO_STARTS: Final = {
    Who.EVERYONE: "Everyone can start monitors.",
    Who.ADMINS: "Only admins can start monitors.",
}
WHO_CHANGES: Final = {
    Who.EVERYONE: "Everyone can change and cancel them.",
    Who.OWNER: "Only the person who started one, and admins, can change or cancel it.",
    Who.ADMINS: "Only admins can change or cancel them.",
}


def only_admins_start(admin: str) -> str:
    return (
        f"Only admins can start monitors in this workspace. Ask {admin} to start it, or to change "
        "the rules in my Home tab."
    )


def only_owner_changes(owner: str) -> str:
    return f"In this workspace, only {owner}, who started this monitor, and admins can do that."


def only_admins_change(admin: str) -> str:
    return (
        f"In this workspace, only admins can do that. Ask {admin}, who can also change the rules "
        "in my Home tab."
    )


def over_budget(
    whose: str, *, price: Decimal, limit: int, spent: Decimal, is_task: bool = False
) -> str:
    """`whose` as in "this channel's"; `price` is for a month, or a task's; `spent` without it."""
    cost = f"${price}" if is_task else f"${price:.2f} a month"
    return (
        f"It would cost about {cost}. {whose} budget is ${limit} a month, and "
        f"about ${spent:.2f} of it is in use."
    )


def unchanged(reason: str) -> str:
    return f"Nothing was changed. {reason} An admin can raise it in my Home tab."


def not_moved(reason: str) -> str:
    return f"Not moved. {reason}"


def waits_for_approval(reason: str, admins: Sequence[str]) -> str:
    *others, last = admins
    who = f"{', '.join(others)} or {last}" if others else last
    return (
        f"Not started yet. {reason} I've asked {who} to approve it. Once approved, it starts by "
        "itself."
    )


def nobody_to_approve(reason: str) -> str:
    return f"{reason} I couldn't reach an admin to approve it; they can raise it in my Home tab."


def approved(query: str, *, by: str = "") -> str:
    who = f" by {by}" if by else ""
    return f"Approved{who}. The monitor “{query}” is starting."


def declined(query: str, *, by: str = "") -> str:
    who = f" by {by}" if by else ""
    return f"Declined{who}. The monitor “{query}” won't start; I've told the person who asked."


def taken_over_by(admin: str) -> str:
    return f"{admin} owns these monitors now."


def declined_by(admin: str, query: str) -> str:
    return f"{admin} declined your monitor “{query}”, because it is over the budget."


def not_answered(query: str) -> str:
    return (
        f"No admin answered in a day, so your monitor “{query}” wasn't started. Run the command "
        "again to ask once more."
    )


def budgets(rules: Rules) -> str:
    """The limits in one line; empty if there are none."""
    wholes = (
        (rules.budgets.workspace, "for the workspace"),
        (rules.budgets.channel, "for each channel"),
        (rules.budgets.person, "for each person"),
    )
    parts = [f"${limit} {what}" for limit, what in wholes if limit is not None]
    return f"Budget a month: {', '.join(parts)}." if parts else ""
