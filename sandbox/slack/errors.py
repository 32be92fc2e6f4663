"""What the stand-in answers instead of doing what was asked.

SlackError       a Web API refusal: `{"ok": false, "error": code}` with status 200
RateLimitedError the same with status 429 and Retry-After
ControlError     a control endpoint's refusal: `{"error": text}` with a 4xx status
"""

from sandbox.slack.wire import JsonObject


class SlackError(Exception):
    def __init__(self, code: str, *, messages: list[str] | None = None, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []
        self.extra = extra

    def answer(self) -> JsonObject:
        body: JsonObject = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
        return body


class RateLimitedError(SlackError):
    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_seconds = retry_after_seconds


class ControlError(Exception):
    def __init__(self, text: str, *, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
