"""Every setting, read from the environment once. `.env.example` lists them with defaults."""

from pathlib import Path
from string import whitespace
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def split(text: str) -> list[str]:
    """The values of a setting that takes several with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


class Settings(BaseSettings):
    """The environment, typed. `find_problems` reports what is missing or contradictory."""

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    public_url: str | None = None
    data_dir: Path = Path(".data")
    # They may contain a password.
    redis_url: str | None = Field(default=None, repr=False)
    database_url: str | None = Field(default=None, repr=False)
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_authorize_url: str = "https://slack.com/oauth/v2/authorize"
    parallel_api_key: SecretStr | None = None
    parallel_webhook_secret: SecretStr | None = None
    operator_account_for: str | None = None
    max_monitors_per_workspace: int = Field(default=200, ge=1)
    max_monitors_per_person: int = Field(default=50, ge=1)
    parallel_base_url: str = "https://api.parallel.ai"
    parallel_platform_url: str = "https://platform.parallel.ai"
    support_url: str | None = None
    privacy_url: str | None = None
    encryption_keys: SecretStr | None = None
    trusted_proxies: str = "127.0.0.0/8,::1"
    command_prefix: str = Field(default="", pattern=r"^[a-z0-9_-]{0,20}$")
    reconcile_seconds: int | None = Field(default=None, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object, info: ValidationInfo) -> object:
        """What a file or a secrets manager puts around a value is no part of it.

        That is a newline, a byte order mark, or quotation marks (`docker --env-file` keeps them).
        """
        if not isinstance(value, str):
            return value
        trimmed = value.strip(f"{whitespace}\ufeff")
        if len(trimmed) > 1 and trimmed[0] == trimmed[-1] and trimmed[0] in "\"'":
            trimmed = trimmed[1:-1].strip()
        name = info.field_name or ""
        return trimmed or cls.model_fields[name].get_default()

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _in_lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("public_url", "parallel_base_url", "parallel_platform_url", mode="after")
    @classmethod
    def _without_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("slack_api_url", mode="after")
    @classmethod
    def _with_trailing_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"

    @property
    def polls(self) -> bool:
        """True without PUBLIC_URL: no webhooks are registered, and findings are polled for."""
        return self.public_url is None

    @property
    def uses_oauth(self) -> bool:
        return self.slack_client_id is not None

    @property
    def operator_team_ids(self) -> frozenset[str] | None:
        """The workspaces that the operator's Parallel account serves; None: every one."""
        wanted = self.operator_account_for or ("own" if self.uses_oauth else "any")
        return None if wanted == "any" else frozenset(split(wanted)) - {"own"}

    @property
    def reconcile_every_seconds(self) -> int:
        if self.reconcile_seconds is not None:
            return self.reconcile_seconds
        return 60 if self.polls else 900
