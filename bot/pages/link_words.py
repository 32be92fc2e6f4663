"""What is said when an account could not be linked: what happened, and what to do next."""

from dataclasses import dataclass
from typing import Final

from monitors.accounts.connect import ConnectProblem

_FROM_SLACK: Final = (
    "Open Threadwatch in Slack, choose the Home tab and press the button that connects Parallel. "
    "The link it gives works once, for ten minutes."
)
_TRY_AGAIN: Final = "Try again with the button below."


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """`status` is a 4xx unless the trouble is ours: then Redis or the database is away."""

    heading: str
    what_happened: str
    what_to_do: str
    status: int = 400


NO_SESSION: Final = ProblemWords(
    "Start from Slack, please",
    "This page is for an admin of a workspace, and this browser has not come from there, or an "
    "hour ago.",
    _FROM_SLACK,
)
TICKET: Final = ProblemWords(
    "This link has been used up",
    "A link from Slack works once and for ten minutes, so that nobody else can use it.",
    _FROM_SLACK,
)
DENIED: Final = ProblemWords(
    "Parallel was not connected",
    "The request was declined on Parallel's page.",
    "If that was a mistake, try again. Or paste an API key instead.",
)
INCOMPLETE: Final = ProblemWords(
    "Parallel's answer was incomplete",
    "Parallel sent you back without the code that finishes the connection.",
    "Try again with the button below, or paste an API key instead.",
)
NO_STATE: Final = ProblemWords(
    "Start from here, please",
    "This connection was not started in this Threadwatch, so it is not known for which workspace "
    "it is.",
    "Press the button below, or the one in Threadwatch's Home tab in Slack.",
)
FORGED_FORM: Final = ProblemWords(
    "This form is too old",
    "The form was not sent from the page that this browser was shown last.",
    "Open the page again and send it once more.",
    status=403,
)
UNREADABLE_FORM: Final = ProblemWords(
    "The form could not be read",
    "What arrived was not what the page sends.",
    "Open the page again and send it once more.",
)
UNAVAILABLE: Final = ProblemWords(
    "Threadwatch could not finish just now",
    "It could not reach its own records. Nothing was changed.",
    "Wait a minute, then try again.",
    status=503,
)
OF: Final[dict[ConnectProblem, ProblemWords]] = {
    ConnectProblem.NOT_INSTALLED: ProblemWords(
        "Threadwatch is not in this workspace",
        "It was removed from the workspace since this page was opened, or never added.",
        "Add it to Slack again, then connect Parallel.",
        status=404,
    ),
    ConnectProblem.NOT_ADMIN: ProblemWords(
        "An admin has to do this",
        "Slack says that you are not an admin or owner of this workspace, and the account that is "
        "connected pays for everybody's monitors.",
        "Ask one to open Threadwatch in Slack, choose the Home tab and connect Parallel there.",
        status=403,
    ),
    ConnectProblem.SLACK_AWAY: ProblemWords(
        "Slack did not answer",
        "Threadwatch asked Slack whether you are an admin of the workspace and got no answer.",
        "Wait a minute, then try again.",
        status=424,
    ),
    ConnectProblem.BAD_KEY: ProblemWords(
        "Parallel does not accept this key",
        "The key was tried at Parallel and refused. Nothing was kept.",
        "Copy the whole key from platform.parallel.ai, API keys, or connect with the button.",
        status=422,
    ),
    ConnectProblem.NO_CREDIT: ProblemWords(
        "This Parallel account has no credit",
        "Parallel knows the account but has no credit left to work with. Nothing was kept.",
        "Top it up at platform.parallel.ai, then try again.",
        status=422,
    ),
    ConnectProblem.FORBIDDEN: ProblemWords(
        "Parallel does not let this key watch",
        "The key was tried at Parallel, which does not allow it to use monitors. Nothing was kept.",
        "Ask whoever manages the Parallel account for another key.",
        status=422,
    ),
    ConnectProblem.PARALLEL_AWAY: ProblemWords(
        "Parallel did not answer",
        "The account could not be tried, so nothing was kept.",
        "Wait a minute, then try again.",
        status=424,
    ),
    ConnectProblem.CODE_REFUSED: ProblemWords(
        "Parallel did not finish the connection",
        "The code that Parallel sent along had expired or was used before.",
        _TRY_AGAIN,
    ),
    ConnectProblem.STATE_USED: ProblemWords(
        "This connection has been used up",
        "The way to Parallel and back must be finished within ten minutes, and only once.",
        _TRY_AGAIN,
    ),
    ConnectProblem.OTHER_BROWSER: ProblemWords(
        "Go on where you started, please",
        "This connection was started in another browser, or from another link.",
        "Go back to that browser, or start anew: " + _FROM_SLACK,
        status=403,
    ),
    ConnectProblem.OTHER_ACCOUNT: ProblemWords(
        "This is another Parallel account",
        "Monitors of this workspace run on the account that is connected now, and the new key does "
        "not see them: monitors cannot move between accounts. Nothing was changed.",
        "In Slack, open Threadwatch's Home tab and choose Change account: it says what happens to "
        "the monitors, and does it. Then connect the other account.",
        status=409,
    ),
    ConnectProblem.NOT_KEPT: UNAVAILABLE,
}


def in_modal(problem: ConnectProblem) -> str:
    """The same in the room below a field of a modal (Slack takes up to 150 characters there)."""
    return _IN_MODAL[problem]


_IN_MODAL: Final[dict[ConnectProblem, str]] = {
    ConnectProblem.NOT_INSTALLED: "Threadwatch is not in this workspace any more. Add it again.",
    ConnectProblem.NOT_ADMIN: "Only an admin of this workspace can do this. Ask one.",
    ConnectProblem.SLACK_AWAY: "Slack did not say in time whether you are an admin. Try again.",
    ConnectProblem.BAD_KEY: (
        "Parallel does not accept this key. Copy the whole of it from platform.parallel.ai."
    ),
    ConnectProblem.NO_CREDIT: (
        "This account has no credit. Top it up at platform.parallel.ai, then try again."
    ),
    ConnectProblem.FORBIDDEN: "Parallel does not let this key use monitors. Use another one.",
    ConnectProblem.PARALLEL_AWAY: "Parallel did not answer in time. Nothing was kept. Try again.",
    ConnectProblem.CODE_REFUSED: "Parallel did not finish the connection. Try again.",
    ConnectProblem.STATE_USED: "This connection has been used up. Start again.",
    ConnectProblem.OTHER_BROWSER: "This connection was started elsewhere. Start again.",
    ConnectProblem.OTHER_ACCOUNT: (
        "This key is of another account, and monitors run on this one. Choose Change account in "
        "the Home tab first."
    ),
    ConnectProblem.NOT_KEPT: "It could not be written down just now. Try again in a minute.",
}
