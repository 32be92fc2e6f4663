"""A page of a list that Slack sends in parts."""

from pydantic import BaseModel, ConfigDict


class _Metadata(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    next_cursor: str = ""


class Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    response_metadata: _Metadata = _Metadata()

    @property
    def next_cursor(self) -> str:
        """Empty on the last page."""
        return self.response_metadata.next_cursor
