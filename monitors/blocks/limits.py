"""Slack's limits, with their sources, and the smaller ones we keep.

Sources: https://docs.slack.dev/reference/block-kit/blocks (blocks per message, section, context),
https://docs.slack.dev/reference/methods/chat.postMessage (text), slack_sdk's models.
"""

from typing import Final

SECTION_CHARACTERS: Final = 3000
CONTEXT_CHARACTERS: Final = 2000
URL_CHARACTERS: Final = 3000
# Of a button.
VALUE_CHARACTERS: Final = 2000

# Slack allows 50; the rest leaves room for headings and footers.
MESSAGE_BLOCKS: Final = 45
# Undocumented: msg_blocks_too_long has been seen from about 13,000 characters on. With the same
# content again as text, a message stays below 12,000.
MESSAGE_WEIGHT: Final = 6000
# Rich text has no documented limit; a section's is known to be safe.
RICH_TEXT_WEIGHT: Final = 3000
# chat.update rejects texts of about 4,000 characters or more (msg_too_long).
UPDATE_TEXT_CHARACTERS: Final = 3500
