"""How a call to a platform can fail, in the three ways that matter to a delivery.

CallFailed
├── Later      surely not done; try again, after the given time where the platform said one
├── Refused    surely not done, and never will be
└── Unsure     perhaps done: look before doing it again
"""

from enum import StrEnum

from core.channels import Trouble


class Scope(StrEnum):
    """What a rate limit holds back."""

    CONVERSATION = "conversation"
    WORKSPACE = "workspace"


class CallFailed(Exception):
    """A platform did not do what was asked. `code` is the platform's own word, for the operator."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Later(CallFailed):
    """Surely not done. Try again after `retry_after` seconds, or when it seems right (None)."""

    def __init__(
        self, code: str, *, retry_after: float | None = None, scope: Scope = Scope.CONVERSATION
    ) -> None:
        super().__init__(code)
        self.retry_after = retry_after
        self.scope = scope


class Refused(CallFailed):
    """Surely not done and never will be. With `trouble`, nothing else will work there either."""

    def __init__(self, code: str, *, trouble: Trouble | None = None) -> None:
        super().__init__(code)
        self.trouble = trouble


class Unsure(CallFailed):
    """The answer was lost after the request was sent: it may or may not have been done."""
