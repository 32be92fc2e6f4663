"""A person in Slack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`is_admin` in the workspace that was asked about, not in any other.

    `is_member`: a person with an account there, perhaps a guest's, that isn't deactivated.

    `zone` is an IANA name, if Slack says one.
    """

    user_id: str
    name: str
    is_admin: bool
    is_guest: bool = False
    is_member: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True)
class WorkspaceName:
    """`domain` is its address at Slack, such as acme.slack.com, and `icon` its picture's.

    Empty where Slack names another, or doesn't say.
    """

    name: str = ""
    domain: str = ""
    icon: str = ""
