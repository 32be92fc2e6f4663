"""Who may do what: not another company's people, and by what the workspace's admins allow.

Why something isn't allowed is said to the person who wants it; None if it is.
"""

from collections.abc import Sequence

from monitors.delivery.address import Addressed
from monitors.delivery.creation import OpenStart
from monitors.model.account import ParallelAccount
from monitors.model.intent import Intent
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.person import Person
from monitors.model.requests import (
    MoveRequest,
    ResearchRequest,
    RulesRequest,
    StartRequest,
    ThreadRequest,
)
from monitors.model.rules import Who
from monitors.model.slack_errors import PERSON_UNKNOWN, DeadDestinationError, SlackPostError
from monitors.model.workspace import Workspace
from monitors.texts import problem_texts, rule_texts, start_texts, thread_texts
from monitors.watching.ask_show import ask_home
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished, outcome_of

ByTeam = ThreadRequest | MoveRequest | ResearchRequest


def owners_of(located: Addressed | None, start: OpenStart | None) -> tuple[str, ...]:
    """Of a monitor, or of one that is being made."""
    if located is not None:
        return located.home.owners
    return (start.request.reply_to.user_id,) if start else ()


async def check(
    parts: Parts,
    request: ByTeam,
    attempt: Attempt,
    *,
    owners: Sequence[str] = (),
    is_change: bool = True,
) -> None:
    """Raises NotDoneError if they may not do it, and Finished if Slack doesn't say now.

    `owners` may change the monitor; a change is up to the workspace's rules, too.
    """
    try:
        refusal = await why_not(parts, request, owners=owners, is_change=is_change)
    except SlackPostError as error:
        outcome = outcome_of(error)
        if isinstance(outcome, RetryAfter) and not attempt.is_last:
            raise Finished(outcome) from error
        refusal = problem_texts.PERSON_UNKNOWN
    if refusal is not None:
        raise NotDoneError(refusal)


async def why_not(
    parts: Parts, request: ByTeam, *, owners: Sequence[str] = (), is_change: bool = True
) -> str | None:
    """For a person who waits for a form. Raises SlackPostError."""
    is_external = await _is_external(parts, request)
    if is_external is None:
        return problem_texts.PERSON_UNKNOWN
    if is_external:
        return thread_texts.NOT_YOURS
    if is_change:
        return await _why_no_change(parts, request, owners)
    return None


async def _is_external(parts: Parts, request: ByTeam) -> bool | None:
    """True if the user belongs to another company; None if Slack doesn't say.

    By the team that Slack names as theirs; it is asked where it names none. A colleague of the same
    organisation is not external. Raises SlackPostError.
    """
    workspace, user_team = request.workspace, request.user_team
    enterprise_id = workspace.enterprise_id
    ours = {workspace.team_id}
    if enterprise_id is not None:
        members = await parts.members_of(enterprise_id)
        ours |= {enterprise_id, *(each.team_id for each in members)}
    if user_team in ours:
        return False
    if user_team is not None and enterprise_id is None:
        return True
    try:
        teams = await parts.people.teams(workspace, request.reply_to.user_id)
    except DeadDestinationError:
        # Slack doesn't know them here.
        teams = frozenset[str]()
    if teams & ours:
        return False
    return True if teams or user_team is not None else None


async def why_no_start(
    parts: Parts, request: StartRequest | ResearchRequest, account: ParallelAccount
) -> str | None:
    """Whether this person may spend the account's money here. Raises SlackPostError."""
    workspace, user_id = request.workspace, request.reply_to.user_id
    found = await parts.rules.of(workspace)
    rules = found.rules
    if not rules.allow(request.reply_to.channel):
        return rule_texts.NOT_IN_THIS_CHANNEL
    if rules.who_starts is not Who.EVERYONE and not await is_admin(parts, workspace, user_id):
        return rule_texts.only_admins_start(await name_of(parts, workspace, found.changed_by))
    if account.team_id is not None:
        return None
    person = await known_person(parts, workspace, user_id)
    is_guest = person is None or person.is_guest
    return start_texts.GUESTS_START_NONE if is_guest else None


async def _why_no_change(parts: Parts, request: ByTeam, owners: Sequence[str]) -> str | None:
    """Whether they may cancel, edit or pause a monitor of these `owners`. Raises SlackPostError."""
    workspace, user_id = request.workspace, request.reply_to.user_id
    found = await parts.rules.of(workspace)
    who = found.rules.who_changes
    if who is Who.EVERYONE or (who is Who.OWNER and user_id in owners):
        return None
    if await is_admin(parts, workspace, user_id):
        return None
    if who is Who.OWNER:
        owner = await name_of(parts, workspace, owners[0] if owners else None)
        return rule_texts.only_owner_changes(owner)
    return rule_texts.only_admins_change(await name_of(parts, workspace, found.changed_by))


async def is_admin(parts: Parts, workspace: Workspace, user_id: str) -> bool:
    """Raises SlackPostError."""
    person = await known_person(parts, workspace, user_id)
    return person is not None and person.is_admin


async def known_person(parts: Parts, workspace: Workspace, user_id: str) -> Person | None:
    """None if Slack doesn't know them here. Raises SlackPostError."""
    try:
        return await parts.people.person(workspace, user_id)
    except DeadDestinationError as error:
        if error.code not in PERSON_UNKNOWN:
            raise
        return None


async def name_of(
    parts: Parts, workspace: Workspace, user_id: str | None, *, otherwise: str = "an admin"
) -> str:
    """What to call them in a sentence: a name, for a mention notifies."""
    try:
        return (await parts.people.person(workspace, user_id)).name if user_id else otherwise
    except SlackPostError:
        return otherwise


async def change_rules(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """As an admin asked in the Home tab: Slack said at the form that one sent it."""
    request = request_of(intent, RulesRequest)
    workspace, by = request.workspace, request.by_user_id
    await parts.rules.put(workspace, request.rules, by_user_id=by)
    await ask_home(parts.queue, workspace, by, after=intent.intent_id)
    return Done()
