"""What the operator of this server offers people beside the app: help, and a privacy policy."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class OperatorLinks:
    """Web addresses, as the settings have them."""

    support_url: str | None = None
    privacy_url: str | None = None


NO_LINKS: Final = OperatorLinks()
