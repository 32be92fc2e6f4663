"""Every variable an operator can set, read once. `.env.example` shows each with its default."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment, typed. `problems()` names what is missing or contradictory."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    public_url: str | None = None
    data_dir: Path = Path(".data")
    redis_url: str | None = None
    database_url: str | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_authorize_url: str = "https://slack.com/oauth/v2/authorize"
    parallel_api_key: SecretStr | None = None
    parallel_webhook_secret: SecretStr | None = None
    parallel_base_url: str = "https://api.parallel.ai"
    parallel_platform_url: str = "https://platform.parallel.ai"
    encryption_keys: SecretStr | None = None
    command_prefix: str = Field(default="", pattern=r"^[a-z0-9_-]{0,20}$")
    reconcile_seconds: int | None = Field(default=None, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] | None = None

    @field_validator("public_url", "parallel_base_url", "parallel_platform_url", mode="after")
    @classmethod
    def _without_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("slack_api_url", mode="after")
    @classmethod
    def _with_trailing_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"
