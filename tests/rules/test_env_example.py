"""`.env.example` shows every setting with its default, and nothing else."""

import re
from pathlib import Path
from typing import Final

from monitors.settings import Settings

EXAMPLE: Final = Path(__file__).parents[2] / ".env.example"


def shown() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := re.fullmatch(r"([A-Z_]+)=(.*)", line))]
    assert len(found) == len({match[1] for match in found}), "a setting is shown twice"
    return {match[1]: match[2] for match in found}


def test_every_setting_is_shown_with_its_default() -> None:
    defaults = {
        name.upper(): "" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert shown() == defaults


def test_each_setting_is_explained_above_it() -> None:
    explained = False
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            explained = True
        elif not line:
            explained = False
        else:
            assert explained, f"{line} has no words above it"


def test_the_example_as_it_stands_can_be_read() -> None:
    """Copied unchanged it leaves out what every operator must fill in, and nothing is malformed."""
    settings = Settings(_env_file=EXAMPLE)  # pyright: ignore[reportCallIssue] - pydantic-settings' own argument
    assert settings.port == Settings.model_fields["port"].default
    assert settings.slack_signing_secret is None
    assert settings.redis_url is None
