"""A person is deactivated: their monitors go to the co-owners, or admins are asked to take over."""

from dataclasses import replace

from monitors.blocks.decisions import inherited_message, owner_left_message
from monitors.delivery.asking import ask_refresh
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import AdminAnswer, PersonRequest
from monitors.model.workspace import Workspace
from monitors.texts import rule_texts
from monitors.watching import ask_admins, listing, permissions, tell
from monitors.watching.listing import own_of
from monitors.watching.parts import Parts
from monitors.work.intents import request_of


async def person_left(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """The monitors go on meanwhile; nobody is asked about a person who has none."""
    request = request_of(intent, PersonRequest)
    workspace, left = request.workspace, request.user_id
    heirs: dict[str, list[Monitor]] = {}
    for monitor, home in await _owned(parts, workspace, left):
        if home.user_id != left:
            await _hand_over(parts, intent, monitor, home.user_id)
        else:
            heirs.setdefault(await _heir(parts, home), []).append(monitor)
    orphans = heirs.pop("", [])
    for heir, monitors in heirs.items():
        # Told first: an attempt that is repeated after a crash finds nothing to tell.
        message = inherited_message(left, monitors)
        notice = Post.notice(f"{left}:{intent.intent_id}", f"heir:{heir}", message)
        await parts.posting.tell(workspace, heir, notice)
        for monitor in monitors:
            await _hand_over(parts, intent, monitor, heir)
    if orphans:
        asked = f"{left}:{intent.intent_id}"
        question = owner_left_message(left, orphans, asked=asked)
        await ask_admins.ask(parts, workspace, asked, question)
    return Done()


async def take_over(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """The first admin who presses the button owns them from then on; the others see who.

    Slack said at the button that an admin pressed it.
    """
    request = request_of(intent, AdminAnswer)
    workspace, me = request.workspace, request.reply_to.user_id
    of_user_id = request.asked.partition(":")[0]
    for monitor, home in await _owned(parts, workspace, of_user_id):
        if home.user_id == of_user_id:
            await _hand_over(parts, intent, monitor, me, home.policy.co_owner)
    name = await permissions.name_of(parts, workspace, me)
    await ask_admins.answered(parts, workspace, request.asked, rule_texts.taken_over_by(name))
    await tell.asker(parts, request, rule_texts.TAKEN_OVER)
    return Done()


async def _owned(
    parts: Parts, workspace: Workspace, user_id: str
) -> list[tuple[Monitor, MonitorHome]]:
    """Those that the person owns, or co-owns. Raises ParallelError."""
    monitors = await listing.monitors_of(parts, workspace) or ()
    return [(each, home) for each in own_of(monitors, user_id) if (home := each.home)]


async def _hand_over(
    parts: Parts, intent: Intent, monitor: Monitor, user_id: str, co_owner: str = ""
) -> None:
    """Raises ParallelError."""
    workspace, home = intent.workspace, monitor.home
    account = await parts.accounts.for_workspace(workspace)
    if account is None or home is None:
        return
    policy = replace(home.policy, co_owner=co_owner if co_owner != user_id else "")
    await parts.gateway.update(account, monitor, replace(home, user_id=user_id, policy=policy))
    await parts.monitors.will_show(workspace, monitor.monitor_id, intent.intent_id)
    await ask_refresh(parts.queue, account.endpoint_id, monitor.monitor_id)


async def _heir(parts: Parts, home: MonitorHome) -> str:
    """The co-owner, unless they have left, too. Raises SlackPostError."""
    co_owner = home.policy.co_owner
    person = await permissions.known_person(parts, home.workspace, co_owner) if co_owner else None
    return co_owner if person is not None and person.is_member else ""
