"""A person in Slack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`is_admin` is of the workspace that was asked, not of any other."""

    user_id: str
    name: str
    is_admin: bool
