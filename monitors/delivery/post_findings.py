"""Posts what one run found: the messages that are not in the thread yet, in order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from monitors.blocks.findings import findings_messages
from monitors.delivery.address import Addressed
from monitors.delivery.asking import job_key
from monitors.delivery.cursor import WHOLE, legacy_id
from monitors.delivery.parts import DeliveryParts
from monitors.delivery.post_once import Place
from monitors.model.codec import encode
from monitors.model.delivery_policy import AS_IT_HAPPENS, DeliveryPolicy
from monitors.model.event import EventGroup, characters_of
from monitors.model.ledger import EventPart, FindingsMessage, LedgerRow, Post
from monitors.model.outcome import Done, Failed, Outcome, RetryAfter
from monitors.model.requests import DeliverRequest
from monitors.model.workspace import ThreadRef
from monitors.storage.statements import Write
from monitors.texts import delivery_texts

# Characters, in about a millisecond.
QUICKLY_DRAWN: Final = 1000

_Rows = Mapping[EventPart, LedgerRow]


async def post_findings(
    parts: DeliveryParts,
    addressed: Addressed,
    group: EventGroup,
    *,
    also: Write | None = None,
) -> Outcome:
    """Done or Failed once nothing of the group is left to post.

    `also` is written in the transaction that records the last message. The ledger is read only
    if it already has something of the group.
    """
    workspace, place = addressed.workspace, Place.of(addressed.home.thread)
    refused: Failed | None = None
    rows: _Rows = {}
    while True:
        in_doubt = [row for row in rows.values() if not row.is_final]
        if in_doubt:
            waits = await parts.posting.settle(workspace, group.monitor_id, in_doubt, place)
            if waits is not None:
                return waits
        elif posts := await _missing(addressed, group, rows):
            outcome = await _post_all(parts, addressed, group, posts, also=also)
            if isinstance(outcome, Done):
                return refused or outcome
            if isinstance(outcome, RetryAfter):
                return outcome
            if outcome is not None:
                refused = replace(outcome, redo=_redo(addressed, group))
        else:
            if also is not None:
                await parts.ledger.write(also)
            return refused or Done()
        ids = [legacy_id(group.group_id), *(event.event_id for event in group.events)]
        rows = await parts.ledger.rows(workspace, group.monitor_id, ids)


async def _post_all(
    parts: DeliveryParts,
    addressed: Addressed,
    group: EventGroup,
    posts: Sequence[Post],
    *,
    also: Write | None,
) -> Done | RetryAfter | Failed | None:
    """None if any of it is already in the ledger."""
    for post in posts:
        posted = await parts.posting.try_post(
            addressed.workspace,
            post,
            Place.of(addressed.home.thread),
            also=also if post is posts[-1] else None,
            unless=legacy_id(group.group_id),
        )
        if not isinstance(posted, ThreadRef):
            return posted
    return Done()


async def _missing(addressed: Addressed, group: EventGroup, rows: _Rows) -> list[Post]:
    """The messages that are not recorded; no event stands in one that stands in another."""
    drawn = await _draw(addressed, group)
    legacy = legacy_id(group.group_id)
    if EventPart(legacy, WHOLE) in rows:
        return []
    if any(part.event_id == legacy for part in rows):
        drawn = [replace(each, shows=(EventPart(legacy, at),)) for at, each in enumerate(drawn)]
    missing = [[part for part in each.shows if part not in rows] for each in drawn]
    if any(0 < len(left) < len(each.shows) for left, each in zip(missing, drawn, strict=True)):
        # The run has gained events since; they get their own messages.
        ids = {part.event_id for left in missing for part in left}
        events = tuple(event for event in group.events if event.event_id in ids)
        drawn = await _draw(addressed, replace(group, events=events))
    left = [
        replace(each, shows=tuple(part for part in each.shows if part not in rows))
        for each in drawn
    ]
    in_channel = _delivery(addressed, group).in_channel
    return [_post(group, each, in_channel=in_channel) for each in left if each.shows]


async def _draw(addressed: Addressed, group: EventGroup) -> Sequence[FindingsMessage]:
    """What takes long is drawn beside the event loop, where Slack's requests are answered."""
    delivery = _delivery(addressed, group)
    draw = partial(
        findings_messages,
        group,
        query=addressed.monitor.query,
        since=delivery_texts.since(delivery),
        mention=addressed.home.user_id if delivery.mentions_owner else "",
    )
    if sum(map(characters_of, group.events)) <= QUICKLY_DRAWN:
        return draw()
    return await asyncio.to_thread(draw)


def _delivery(addressed: Addressed, group: EventGroup) -> DeliveryPolicy:
    """An answer stands in the thread alone, and mentions nobody."""
    return AS_IT_HAPPENS if group.title else addressed.monitor.delivery


def _post(group: EventGroup, drawn: FindingsMessage, *, in_channel: bool) -> Post:
    """The rest of a long finding stays in the thread."""
    first = drawn.shows[0]
    key = f"{group.monitor_id}/{group.group_id}/{first.event_id}/{first.part}"
    message = replace(drawn.message, in_channel=in_channel and first.part == 0)
    return Post(group.monitor_id, drawn.shows, message, key)


def _redo(addressed: Addressed, group: EventGroup) -> tuple[str, str]:
    """A job for this group only, whichever webhook led to it."""
    endpoint_id = addressed.account.endpoint_id
    request = DeliverRequest(endpoint_id, addressed.monitor.monitor_id, group.group_id)
    return job_key(request, group.group_id), encode(request)
