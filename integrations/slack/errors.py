"""Slack's errors as the exchange's failures: the one place where they are translated.

Sources: the error lists of docs.slack.dev/reference/methods/chat.postMessage, chat.update,
reactions.add, conversations.history and files.completeUploadExternal.
"""

from core.channels import Trouble
from core.failures import CallFailed, Later, Refused, Scope, Unsure

TROUBLES: dict[str, Trouble] = {
    "account_inactive": Trouble.TOKEN_GONE,
    "app_uninstalled": Trouble.TOKEN_GONE,
    "invalid_auth": Trouble.TOKEN_GONE,
    "not_authed": Trouble.TOKEN_GONE,
    "org_login_required": Trouble.TOKEN_GONE,
    "team_access_not_granted": Trouble.TOKEN_GONE,
    "team_disabled": Trouble.TOKEN_GONE,
    "token_expired": Trouble.TOKEN_GONE,
    "token_revoked": Trouble.TOKEN_GONE,
    "user_removed_from_team": Trouble.TOKEN_GONE,
    "kicked_from_channel": Trouble.BOT_REMOVED,
    "not_in_channel": Trouble.BOT_REMOVED,
    "is_archived": Trouble.CONVERSATION_ARCHIVED,
    "channel_is_archived": Trouble.CONVERSATION_ARCHIVED,
    "channel_not_found": Trouble.CONVERSATION_GONE,
    "is_inactive": Trouble.CONVERSATION_GONE,
    "access_denied": Trouble.NOT_ALLOWED,
    "accesslimited": Trouble.NOT_ALLOWED,
    "ekm_access_denied": Trouble.NOT_ALLOWED,
    "missing_scope": Trouble.NOT_ALLOWED,
    "no_permission": Trouble.NOT_ALLOWED,
    "not_allowed_token_type": Trouble.NOT_ALLOWED,
    "restricted_action": Trouble.NOT_ALLOWED,
    "restricted_action_non_threadable_channel": Trouble.NOT_ALLOWED,
    "restricted_action_read_only_channel": Trouble.NOT_ALLOWED,
    "restricted_action_thread_only_channel": Trouble.NOT_ALLOWED,
    "restricted_action_thread_locked": Trouble.NOT_ALLOWED,
}
"""Errors after which nothing else will work in that conversation, or in that workspace."""

RATE_LIMITS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
"""Surely not done; Slack says when to try again."""

SURELY_LATER = frozenset({"service_unavailable", "team_added_to_org"})
"""Surely not done, and it will pass."""

PERHAPS_DONE = frozenset({"fatal_error", "internal_error", "request_timeout", "server_error"})
"""Something broke on Slack's side: "some aspect of the operation" may have been done."""

_DEFAULT_WAIT = 1.0


def failure_of(error: str, *, repeatable: bool, retry_after: float | None = None) -> CallFailed:
    """The failure an error word stands for; an unknown word is `Refused`.

    `repeatable` calls may be done twice, so that what is unsure may simply be tried again.
    """
    if error in RATE_LIMITS:
        wait = _DEFAULT_WAIT if retry_after is None else retry_after
        return Later(error, retry_after=wait, scope=Scope.CONVERSATION)
    if error in SURELY_LATER:
        return Later(error)
    if error in PERHAPS_DONE:
        return lost_answer(error, repeatable=repeatable)
    return Refused(error, trouble=TROUBLES.get(error))


def failure_of_status(
    status: int, *, repeatable: bool, retry_after: float | None = None
) -> CallFailed:
    """The failure an HTTP status without a readable answer stands for."""
    if status == 429:
        return failure_of("ratelimited", repeatable=repeatable, retry_after=retry_after)
    if status >= 500 or 200 <= status < 300:
        return lost_answer(f"http_{status}", repeatable=repeatable)
    return Refused(f"http_{status}")


def lost_answer(code: str, *, repeatable: bool) -> CallFailed:
    """No readable answer to a request that went out."""
    return Later(code) if repeatable else Unsure(code)


def never_sent(code: str) -> CallFailed:
    """The request did not even go out."""
    return Later(code)
