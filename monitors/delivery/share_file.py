"""Posts a file once: uploaded first, which nobody sees, and shared by its id, which works once.

The id is kept in between. So a share whose answer was lost is simply asked for again: Slack either
does it then, or refuses the id, because it has.
"""

from monitors.delivery.parts import DeliveryParts
from monitors.delivery.post_once import Place
from monitors.model.message import File, Uploaded
from monitors.model.slack_errors import FILE_GONE, SlackRefusedError
from monitors.model.workspace import Workspace


async def upload_file(
    parts: DeliveryParts, workspace: Workspace, file: File, *, text: str
) -> Uploaded:
    """To be kept before it is shared. Raises SlackPostError."""
    return Uploaded(await parts.files.upload(workspace, file), parts.clock.now(), text)


async def share_file(
    parts: DeliveryParts, workspace: Workspace, uploaded: Uploaded, place: Place
) -> bool:
    """False if nobody can tell whether it was posted; it isn't uploaded again then.

    Raises SlackPostError.
    """
    file_id, channel, ts = uploaded.file_id, place.channel, place.ts
    try:
        await parts.files.share(
            workspace, file_id, channel=channel, thread_ts=ts, text=uploaded.text
        )
    except SlackRefusedError as error:
        if error.code != FILE_GONE:
            raise
        found = await parts.poster.find(
            workspace, channel, thread_ts=ts, message_key=file_id, since=uploaded.at
        )
        return found is not None
    return True
