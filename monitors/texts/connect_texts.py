"""Why the app could not be added, or an account not be connected, and what to do next."""

from dataclasses import dataclass, replace
from typing import Final

_FROM_SLACK: Final = (
    "Open Threadwatch in Slack and connect Parallel in its Home tab. The link you get there works "
    "once, for ten minutes."
)
_TRY_AGAIN: Final = "Try again with the button below."


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """`status` is a 4xx, or a 5xx if Redis or the database isn't responding.

    `code` is Slack's, for the person who runs the server. `modal` is what stands below a field of a
    modal (Slack allows 150 characters), where heading and remedy wouldn't do.
    """

    heading: str
    what_happened: str
    what_to_do: str
    status: int = 400
    modal: str = ""
    code: str = ""

    @property
    def in_modal(self) -> str:
        return self.modal or f"{self.heading}. {self.what_to_do}"


NO_SESSION: Final = ProblemWords(
    "Open this page from Slack",
    "Your session has expired, or you came here another way.",
    _FROM_SLACK,
)
TICKET: Final = ProblemWords(
    "This link has expired or was already used",
    "A link from Slack works once, for ten minutes, so that no one else can use it.",
    _FROM_SLACK,
)
DENIED: Final = ProblemWords(
    "Parallel was not connected",
    "The request was declined on Parallel's page.",
    "If that was a mistake, try again, or paste an API key instead.",
)
INCOMPLETE: Final = ProblemWords(
    "Parallel's answer was incomplete",
    "Parallel sent you back without the code that finishes the connection.",
    "Try again with the button below, or paste an API key instead.",
)
NO_STATE: Final = ProblemWords(
    "Start from here",
    "This connection wasn't started here, so we can't tell which workspace it is for.",
    "Use the button below, or the one in Threadwatch's Home tab in Slack.",
)
FORGED_FORM: Final = ProblemWords(
    "This form has expired",
    "It wasn't sent from the page that was last opened in this browser.",
    "Open the page again and resubmit the form.",
    status=403,
)
UNREADABLE_FORM: Final = ProblemWords(
    "We couldn't read the form",
    "What arrived isn't what this page sends.",
    "Open the page again and resubmit the form.",
)
UNAVAILABLE: Final = ProblemWords(
    "Something went wrong on our side",
    "Threadwatch couldn't reach its database, so this may not be saved.",
    "Wait a minute, then try again.",
    status=503,
    modal="Something went wrong on my side, so this may not be saved. Try again in a minute.",
)
NOT_SHOWN: Final = ProblemWords(
    "This page isn't available right now",
    "Threadwatch can't reach its database. Nothing was changed.",
    "Wait a minute, then reload this page.",
    status=503,
)
NOT_INSTALLED: Final = ProblemWords(
    "Threadwatch isn't in this workspace",
    "It was removed after this page was opened, or was never added.",
    "Add it to Slack again, then connect Parallel.",
    status=404,
)
NOT_ADMIN: Final = ProblemWords(
    "Only an admin can do this",
    "The connected account pays for everyone's monitors, and Slack says you aren't an admin or "
    "owner of this workspace.",
    "Ask one of them to open Threadwatch in Slack and connect Parallel in its Home tab.",
    status=403,
)
SLACK_AWAY: Final = ProblemWords(
    "Slack isn't responding",
    "We couldn't check with Slack whether you're an admin of the workspace.",
    "Wait a minute, then try again.",
    status=424,
    modal="I couldn't check with Slack whether you're an admin. Try again.",
)
BAD_KEY: Final = ProblemWords(
    "Parallel doesn't accept this key",
    "We tested it with Parallel, and it was rejected. Nothing was saved.",
    "Copy the whole key from platform.parallel.ai, under API keys, or sign in with Parallel.",
    status=422,
)
NO_CREDIT: Final = ProblemWords(
    "This Parallel account has no credit",
    "The account is valid, but it has no credit left. Nothing was saved.",
    "Top it up at platform.parallel.ai, then try again.",
    status=422,
)
FORBIDDEN: Final = ProblemWords(
    "This key isn't allowed to use monitors",
    "We tested it with Parallel, which doesn't let it use monitors. Nothing was saved.",
    "Ask the person who manages the Parallel account for another key.",
    status=422,
)
PARALLEL_AWAY: Final = ProblemWords(
    "Parallel isn't responding",
    "We couldn't test the account, so nothing was saved.",
    "Wait a minute, then try again.",
    status=424,
    modal="Parallel isn't responding. Nothing was saved. Try again.",
)
CODE_REFUSED: Final = ProblemWords(
    "The connection wasn't completed",
    "The code from Parallel had expired or was already used.",
    _TRY_AGAIN,
)
STATE_USED: Final = ProblemWords(
    "This connection has expired or was already used",
    "Signing in with Parallel has to be completed within ten minutes, and only once.",
    _TRY_AGAIN,
)
OTHER_BROWSER: Final = ProblemWords(
    "Continue in the browser you started in",
    "This connection was started in another browser, or from another link.",
    "Go back to that browser, or start over. " + _FROM_SLACK,
    status=403,
)
OTHER_ACCOUNT: Final = ProblemWords(
    "This is a different Parallel account",
    "This workspace's monitors run on the account that is connected now, and monitors can't "
    "move between accounts. Nothing was changed.",
    "In Slack, open Threadwatch's Home tab and choose Change account; it explains what happens "
    "to the monitors. Then connect the other account.",
    status=409,
    modal=(
        "This key belongs to a different account, and monitors run on the current one. Choose "
        "Change account in the Home tab first."
    ),
)
CONFIRMATION_USED: Final = ProblemWords(
    "This page has expired or was already used",
    "Nothing was changed just now.",
    "To connect an account, start again with the button below.",
    status=410,
    modal=("This form has expired or was already used, so nothing was changed. Start again."),
)

_START_AGAIN: Final = "Start again with the button below."
_NOT_ADDED: Final = {
    "access_denied": ProblemWords(
        "Threadwatch was not added",
        "The request was declined in Slack.",
        "If that was a mistake, start again. If your workspace requires an admin's approval, ask "
        "an admin to open this page.",
    ),
    "invalid_browser": ProblemWords(
        "Start from here",
        "This installation wasn't started in this browser, or it was started from Slack's own "
        "pages, which leave out our protection against forged links.",
        "Use the button below to start a new installation.",
    ),
    "invalid_state": ProblemWords(
        "This link has expired or was already used",
        "An installation has to be completed within ten minutes, and only once.",
        _START_AGAIN,
        status=401,
    ),
    "missing_code": ProblemWords(
        "Slack's answer was incomplete",
        "Slack sent you back without the code that finishes an installation.",
        _START_AGAIN,
        status=401,
    ),
    "invalid_code": ProblemWords(
        "Slack didn't accept the installation",
        "The code from Slack had expired, Slack was too busy to accept it, or this server's client "
        "secret is wrong.",
        "Start again. If it fails a second time, the person who runs this server should check "
        "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and PUBLIC_URL.",
        status=401,
    ),
}
_STOPPED: Final = ProblemWords(
    "Threadwatch was not added", "Slack stopped the installation.", _START_AGAIN
)


def not_added(code: str) -> ProblemWords:
    """`code` is one of the above, or Slack's."""
    return replace(_NOT_ADDED.get(code, _STOPPED), code=code[:60])
