"""The app's manifest for one address and prefix, from the template `manifest.yml`."""

import json
from importlib import resources
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from monitors.model.operator_links import NO_LINKS, OperatorLinks

TEMPLATE_HOST: Final = "https://threadwatch.example.com"
_CHECKOUT: Final = Path(__file__).parents[2] / "manifest.yml"


def template_text() -> str:
    """`manifest.yml`, from the checkout or from the installed package."""
    if _CHECKOUT.is_file():
        return _CHECKOUT.read_text(encoding="utf-8")
    return resources.files("bot").joinpath("manifest.yml").read_text(encoding="utf-8")


def manifest_for(
    public_url: str | None,
    *,
    prefix: str,
    sockets: bool = False,
    links: OperatorLinks = NO_LINKS,
) -> dict[str, object]:
    """The manifest with its addresses and command names filled in.

    Without a public address, it uses Socket Mode and has no addresses; with one, `sockets` turns
    Socket Mode on as well. The operator's links end the description: Slack has fields for them only
    beside an email address for support, prices and languages (`app_directory`).
    """
    import yaml  # noqa: PLC0415 - a server reads it only for who adds the app

    text = template_text().replace(TEMPLATE_HOST, public_url or TEMPLATE_HOST)
    manifest = cast("dict[str, object]", yaml.safe_load(text))
    features = cast("dict[str, object]", manifest["features"])
    for command in cast("list[dict[str, object]]", features["slash_commands"]):
        command["command"] = f"/{prefix}{str(command['command']).removeprefix('/')}"
        if public_url is None:
            command.pop("url")
    described = cast("dict[str, str]", manifest["display_information"])
    for label, link in (("Support", links.support_url), ("Privacy policy", links.privacy_url)):
        if link is not None:
            described["long_description"] += f"\n{label}: {link}"
    if public_url is None:
        _leave_out_addresses(manifest)
    if public_url is None or sockets:
        cast("dict[str, object]", manifest["settings"])["socket_mode_enabled"] = True
    return manifest


def _leave_out_addresses(manifest: dict[str, object]) -> None:
    settings = cast("dict[str, dict[str, object]]", manifest["settings"])
    settings["event_subscriptions"].pop("request_url")
    settings["interactivity"].pop("request_url")
    cast("dict[str, dict[str, object]]", manifest)["oauth_config"].pop("redirect_urls")


def bot_scopes() -> list[str]:
    """The scopes that an installation requests."""
    manifest = manifest_for(None, prefix="")
    oauth = cast("dict[str, dict[str, list[str]]]", manifest["oauth_config"])
    return oauth["scopes"]["bot"]


def create_link(manifest: dict[str, object]) -> str:
    """A link to Slack's page that creates an app from the manifest."""
    compact = json.dumps(manifest, separators=(",", ":"), ensure_ascii=False)
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(compact, safe='')}"
