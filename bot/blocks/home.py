"""The app's Home tab: what it does, how to begin, whose account pays."""

from bot.blocks.elements import plain
from bot.blocks.help import HelpAccount, help_pieces
from monitors.domain.message import Block


def home_view(prefix: str, *, account: HelpAccount, support_url: str | None = None) -> Block:
    """A view for `views.publish`."""
    pieces = help_pieces(prefix, account=account, support_url=support_url)
    header: Block = {"type": "header", "text": plain("Threadwatch")}
    return {"type": "home", "blocks": [header, *(piece.block for piece in pieces)]}
