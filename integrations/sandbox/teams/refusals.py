"""What the Bot Connector refuses, with the codes of its documentation.

Status codes: "Status codes from bot conversational APIs" (bots/how-to/rate-limit and
bots/build-conversational-capability); each body is `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

from aiohttp import web


class RefusalError(Exception):
    """The platform says no. `retry_after` seconds go into the header of that name."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int = 0) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def answer(self) -> web.Response:
        """The HTTP answer for this refusal."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else None
        error: dict[str, str] = {"code": self.code, "message": self.message}
        if self.code == "MessageWritesBlocked":
            error["subCode"] = self.code
        return web.json_response({"error": error}, status=self.status, headers=headers)


def bad_syntax(message: str) -> RefusalError:
    """400: the request cannot be read."""
    return RefusalError(400, "BadSyntax", message)


def bad_argument(message: str) -> RefusalError:
    """400: the request can be read but asks for something impossible."""
    return RefusalError(400, "BadArgument", message)


def unauthorized() -> RefusalError:
    """401: the bearer token is missing, expired, or for someone else."""
    return RefusalError(401, "Unauthorized", "Authorization has been denied for this request.")


def not_in_roster() -> RefusalError:
    """403: the bot is not (or no longer) in this team or chat."""
    return RefusalError(
        403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
    )


def writes_blocked() -> RefusalError:
    """403: the person blocked the bot, or the team is archived."""
    return RefusalError(403, "MessageWritesBlocked", "Thread is not open for messages of the bot.")


def not_permitted(message: str) -> RefusalError:
    """403: what only somebody else may do."""
    return RefusalError(403, "NotEnoughPermissions", message)


def conversation_not_found() -> RefusalError:
    """404: no such conversation, or it was deleted."""
    return RefusalError(404, "ConversationNotFound", "Conversation not found.")


def activity_not_found() -> RefusalError:
    """404: no such message in this conversation, or it was deleted."""
    return RefusalError(404, "ActivityNotFoundInConversation", "Activity not found.")


def precondition_failed() -> RefusalError:
    """412: another operation on the same conversation is under way."""
    return RefusalError(412, "PreconditionFailed", "Precondition failed, please try again.")


def too_big() -> RefusalError:
    """413: more than about 100 KB counted as UTF-16."""
    return RefusalError(413, "MessageSizeTooBig", "Message size too large.")


def too_many(retry_after: int) -> RefusalError:
    """429: faster than the documented rates."""
    return RefusalError(
        429, "Throttled", "API calls quota exceeded. Try again later.", retry_after=retry_after
    )


def server_error(status: int) -> RefusalError:
    """502 or 503: a passing fault of the platform; nothing was applied."""
    return RefusalError(status, "ServiceError", "The service is not available. Try again later.")
