"""What admins read of their workspace's Parallel account and its webhooks."""

from typing import Final

from monitors.model.words import counted

# Behind the modal that saves a webhook secret, once it is tested; the page says the same.
WEBHOOK_TEST_VERIFIED: Final = (
    "Secret verified: a webhook from Parallel has arrived, signed with it."
)
WEBHOOK_TEST_WRONG: Final = (
    "The secret doesn't match. A webhook has arrived that wasn't signed with it. Copy the whole "
    "secret again, from the account that is connected, and choose Rotate webhook secret. Nothing "
    "is lost: Parallel sends the webhook again."
)
WEBHOOK_TEST_OLD: Final = (
    "A webhook has arrived that was signed with the previous secret, which works for 48 hours. "
    "Check that the new one is saved at Parallel."
)
WEBHOOK_TEST_STALE: Final = (
    "A webhook has arrived whose time is more than five minutes off. Ask the person who runs this "
    "app to check its clock."
)
WEBHOOK_TEST_NOTHING_CAME: Final = (
    "The secret is saved, but the test webhook hasn't arrived. Ask the person who runs this app "
    "to check that Parallel can reach it. Findings still arrive: I also check Parallel regularly."
)
WEBHOOK_TEST_UNTESTED: Final = (
    "The secret is saved. Parallel can send a test only once a monitor exists, so the first real "
    "webhook will tell."
)
ADMINS_ONLY: Final = (
    "Only admins and owners of this workspace can change its Parallel account, so nothing was "
    "changed. Ask one of them to do it."
)
ADMIN_UNKNOWN: Final = (
    "I couldn't check with Slack whether you're an admin of this workspace, so nothing was "
    "changed. Try again in a minute."
)
NOTHING_LINKED: Final = (
    "This workspace isn't connected to a Parallel account of its own, so nothing was changed. "
    "Open the Home tab again to see how it's set up."
)
CHANGED_MEANWHILE: Final = (
    "Someone connected a different account in the meantime, so nothing was changed. Open the Home "
    "tab again; you can disconnect that account there."
)
NOT_ONE_WORD: Final = (
    "That isn't a webhook secret. It has 8 to 200 characters and no spaces. Copy it from "
    "platform.parallel.ai, under Settings, Webhooks."
)


DISCONNECTED: Final = (
    "The account is disconnected. Its monitors are being cancelled, with a note in each thread; "
    "the Home tab shows when that is done. You can connect another account there right away."
)


def account_connected(by_name: str, last_four: str) -> str:
    """For every admin of the workspace."""
    return (
        f"{by_name} connected this workspace to a Parallel account, with the API key that ends in "
        f"{last_four}. That account now runs and pays for the monitors here. If you didn't expect "
        "this, open my Home tab: an admin can change or disconnect the account there."
    )


def account_unlinked(by_name: str) -> str:
    """Thread notice when its account was disconnected. Uses the name: a mention would notify."""
    return (
        f"{by_name} disconnected the Parallel account that this monitor ran on, so it was "
        "cancelled. Nothing more will be posted here. To start it again on another account, run "
        "the same command."
    )


def account_changed(by_name: str) -> str:
    """Thread notice when a workspace leaves the operator's account for its own."""
    return (
        f"{by_name} connected this workspace's own Parallel account. This monitor ran on a "
        "different one, so it was cancelled. Nothing more will be posted here. To start it again, "
        "run the same command."
    )


def not_posted(waiting: int) -> str:
    """What waited for a digest, or for a pause to end; empty if nothing did."""
    if not waiting:
        return ""
    were = "was" if waiting == 1 else "were"
    return f" {counted(waiting, 'finding')} {were} still waiting and can't be posted any more."


def not_cancelled(last_four: str) -> str:
    """For the admin who disconnected an account whose monitors could not all be cancelled."""
    return (
        f"The Parallel account with the key …{last_four} is disconnected and its key is deleted. "
        "But I couldn't cancel all of its monitors first, because Parallel rejected the key or "
        "didn't respond for two days. Nothing from them will be posted here, but they may keep "
        "running, and costing money, at Parallel. Cancel them at platform.parallel.ai."
    )
