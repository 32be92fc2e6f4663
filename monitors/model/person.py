"""A person in Slack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`is_admin` in the workspace that was asked about, not in any other."""

    user_id: str
    name: str
    is_admin: bool
    is_guest: bool = False
