"""A person in Slack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`is_admin` in the workspace that was asked about, not in any other."""

    user_id: str
    name: str
    is_admin: bool
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class WorkspaceName:
    """`domain` is its address at Slack, such as acme.slack.com; empty where Slack names another."""

    name: str = ""
    domain: str = ""
