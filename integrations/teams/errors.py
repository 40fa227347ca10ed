"""What the Bot Connector's refusals mean for us, in one place.

Sources on learn.microsoft.com: "Optimize your bot with rate limiting" (429, 412, 502, 503, 504 are
to be tried again), "Send proactive messages" (403 `MessageWritesBlocked`), "Troubleshoot bots".
"""

import json
from collections.abc import Mapping
from typing import Any

from core.channels import Trouble
from core.failures import CallFailed, Later, Refused, Scope, Unsure
from integrations.teams.fields import object_at, text_at

_BUSY_SECONDS = 1.0
_LONGEST_RETRY_AFTER = 3600.0

_TROUBLES = {
    "BotNotInConversationRoster": Trouble.BOT_REMOVED,
    "ForbiddenOperationException": Trouble.BOT_REMOVED,
    "MessageWritesBlocked": Trouble.BOT_REMOVED,
    "BotDisabledByAdmin": Trouble.NOT_ALLOWED,
    "NotEnoughPermissions": Trouble.NOT_ALLOWED,
    "ConversationNotFound": Trouble.CONVERSATION_GONE,
    "ConversationBlockedByUser": Trouble.BOT_REMOVED,
}


class NotThere(Refused):
    """What was asked about does not exist, or not any more."""


def error_code(body: bytes) -> str:
    """Teams' own word for what went wrong; empty when the answer has none.

    It comes as `{"error": {"code"}}`, or as `{"errorCode", "message"}` whose message is JSON again
    with a `subCode`.
    """
    answer = _loads(body)
    inner = _loads(text_at(answer, "message").encode("utf-8", "replace"))
    error = object_at(answer, "error")
    return (
        text_at(inner, "subCode")
        or text_at(error, "innerError", "code")
        or text_at(error, "code")
        or text_at(answer, "code")
    )


def failure_of(
    status: int, body: bytes, retry_after: str | None, *, repeatable: bool
) -> CallFailed:
    """Turn an answer that is no success into what it means.

    `repeatable` requests do no harm when they are done twice; for the others a gateway error leaves
    open whether they were done.
    """
    code = error_code(body) or f"http_{status}"
    if status == 429:
        return Later(code, retry_after=_seconds(retry_after), scope=Scope.CONVERSATION)
    if status == 412:
        return Later(code, retry_after=_BUSY_SECONDS)
    if status == 503:
        return Later(code, retry_after=_seconds(retry_after))
    if status == 501:
        return Refused(code)
    if status >= 500 or status == 408:
        return Later(code) if repeatable else Unsure(code)
    if status == 401:
        return Refused(code, trouble=Trouble.TOKEN_GONE)
    if status == 403:
        return Refused(code, trouble=_TROUBLES.get(code, Trouble.NOT_ALLOWED))
    if status in {404, 410}:
        return NotThere(code, trouble=_TROUBLES.get(code))
    return Refused(code, trouble=_TROUBLES.get(code))


def _seconds(retry_after: str | None) -> float | None:
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return min(seconds, _LONGEST_RETRY_AFTER) if seconds >= 0 else None


def _loads(data: bytes) -> Mapping[str, Any]:
    try:
        loaded = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, Mapping) else {}
