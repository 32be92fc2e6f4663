"""What people may change of a monitor, and what their form was filled with."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from monitors.model.delivery_policy import Floor
from monitors.model.monitor import Monitor, MonitorSpec
from monitors.model.workspace import ThreadRef


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """As text, as Parallel has it: an unknown value stays as it is.

    `frequency` is what a paused monitor goes back to. `co_owner` and `floor` are the app's own.
    """

    query: str
    frequency: str
    processor: str
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None
    co_owner: str = ""
    floor: Floor = Floor.NONE

    @property
    def fingerprint(self) -> str:
        """Tells these settings from any others."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class EditForm:
    """What a form is about: kept in it, within Slack's 3,000 characters.

    `seen` is the fingerprint of what it was filled with, `shown` of the change that the person has
    been shown and asked about. `hosts` are the sites of a finding that isn't relevant; None in the
    form that edits everything.
    """

    thread: ThreadRef
    monitor_id: str
    seen: str
    shown: str = ""
    hosts: tuple[str, ...] | None = None

    @property
    def about(self) -> Literal["edit", "not_relevant"]:
        return "edit" if self.hosts is None else "not_relevant"


@dataclass(frozen=True, slots=True)
class Ask:
    """The form is shown again, with `words` above it; `is_new`: another monitor would go on."""

    settings: MonitorSettings
    form: EditForm
    words: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """The settings that a person wants instead of those with the fingerprint `seen`."""

    wanted: MonitorSettings
    seen: str


def settings_of(monitor: Monitor) -> MonitorSettings:
    home = monitor.home
    return MonitorSettings(
        query=monitor.query,
        frequency=monitor.frequency_when_on,
        processor=monitor.processor,
        include_domains=tuple(monitor.include_domains),
        exclude_domains=tuple(monitor.exclude_domains),
        location=(monitor.location or "").lower() or None,
        co_owner=home.policy.co_owner if home else "",
        floor=monitor.delivery.floor,
    )


def settings_of_spec(spec: MonitorSpec) -> MonitorSettings:
    return MonitorSettings(
        query=spec.query,
        frequency=str(spec.frequency),
        processor=spec.processor,
        include_domains=spec.include_domains,
        exclude_domains=spec.exclude_domains,
        location=spec.location,
    )


def hosts_to_exclude(hosts: Sequence[str], settings: MonitorSettings) -> tuple[str, ...]:
    """Those that aren't excluded yet; none that is asked for by name."""
    named = (*settings.include_domains, *settings.exclude_domains)
    return tuple(host for host in hosts if not any(_is_within(host, each) for each in named))


def _is_within(host: str, domain: str) -> bool:
    bare = domain.removeprefix(".")
    return host == bare or host.endswith(f".{bare}")
