"""Calls of Slack's Web API, and the only place from which a token leaves.

One request is one attempt: what comes of a failure is decided by the dispatcher, which knows
whether a message may be sent twice. slack_sdk's client is not used here because its errors do not
tell a request that never went out from an answer that was lost, and because a
bare call is a third faster (5,800 against 4,300 posts a second to a stub in the same process).
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from core.channels import Trouble
from core.failures import CallFailed, Later, Refused
from core.ids import WorkspaceId
from core.installations import RenewsTokens
from core.places import Workspace
from core.ports import Credentials
from integrations.common.hosts import is_allowed_url, is_loopback_url
from integrations.slack.errors import (
    RATE_LIMITS,
    failure_of,
    failure_of_status,
    lost_answer,
    never_sent,
)
from integrations.slack.fields import text_in
from integrations.slack.pacing import Pacing

CALL_SECONDS = 15.0
"""How long one call may take."""

FILE_SECONDS = 120.0
"""How long the bytes of a file may take."""

_CALL_TIMEOUT = aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=5.0)

_API_HOSTS = ("slack.com", "www.slack.com", "slack-gov.com", "www.slack-gov.com")
_FILE_SUFFIXES = (".slack.com", ".slack-gov.com", ".slack-edge.com", ".slack-files.com")
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Access:
    """Where a call goes and with what right. `pace_key` is whose budget it uses.

    With a `workspace`, a token that Slack refuses is asked for once more.
    """

    api_url: str
    token: str
    pace_key: str
    workspace: WorkspaceId | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What Slack answered, and the scopes that the token has; None when Slack did not say."""

    body: Mapping[str, Any]
    scopes: frozenset[str] | None


class SlackClient:
    """Sends calls over one shared session."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        credentials: Credentials,
        api_url: str,
        pacing: Pacing,
    ) -> None:
        self._session = session
        self._credentials = credentials
        self._api_url = _with_slash(api_url)
        self._pacing = pacing
        host = urlsplit(self._api_url)
        self._hosts = (*_API_HOSTS, host.netloc.lower())
        # Nearly every workspace has the same address; each is checked once.
        self._allowed: set[str] = set()

    async def access(self, workspace: Workspace) -> Access:
        """The right to call for a workspace; `Refused` when its address is not Slack's."""
        api_url = self.checked_api_url(workspace.api_url)
        token = await self._credentials.token(workspace.id)
        return Access(api_url, token, workspace.external_id, workspace.id)

    def checked_api_url(self, api_url: str) -> str:
        """The address to call, the usual one when empty; `Refused` when it is not Slack's."""
        chosen = _with_slash(api_url or self._api_url)
        if chosen not in self._allowed:
            if not is_allowed_url(chosen, self._hosts, any_loopback=True):
                raise Refused("api_url_not_allowed")
            self._allowed.add(chosen)
        return chosen

    def may_fetch(self, url: str, access: Access) -> bool:
        """Whether a token may go along to the address of a file."""
        return is_allowed_url(
            url,
            (*self._hosts, urlsplit(access.api_url).netloc.lower()),
            suffixes=_FILE_SUFFIXES,
            any_loopback=is_loopback_url(access.api_url),
        )

    async def call(
        self,
        access: Access,
        method: str,
        arguments: Mapping[str, Any],
        *,
        repeatable: bool = True,
        as_json: bool = False,
        conversation: str = "",
    ) -> Mapping[str, Any]:
        """Call a method once and give back its answer.

        A token that was exchanged or granted anew a moment ago is refused here before we know of
        it: the call is then made again with the new one. `conversation` is what a rate limit on it
        is counted for. Fails with `CallFailed`: `Later` surely not done, `Refused` never will be,
        `Unsure` (never when `repeatable`).
        """
        how = _How(method, arguments, repeatable, as_json, conversation)
        return (await self._call_again(access, how)).body

    async def ask(self, access: Access, method: str, arguments: Mapping[str, Any]) -> Answered:
        """Call a method that changes nothing, and learn the token's scopes as well."""
        return await self._call_again(access, _How(method, arguments))

    async def _call_again(self, access: Access, how: "_How") -> Answered:
        try:
            return await self._call(access, how)
        except Refused as error:
            if error.trouble is not Trouble.TOKEN_GONE:
                raise
            token = await self._other_token(access)
            if token is None:
                raise
        return await self._call(replace(access, token=token), how)

    async def _other_token(self, access: Access) -> str | None:
        credentials = self._credentials
        if access.workspace is None or not isinstance(credentials, RenewsTokens):
            return None
        return await credentials.renewed(access.workspace, access.token)

    async def _call(self, access: Access, how: "_How") -> Answered:
        method, arguments, repeatable = how.method, how.arguments, how.repeatable
        conversation = how.conversation
        self._pacing.check(access.pace_key, method, conversation)
        headers = {"Authorization": f"Bearer {access.token}"}
        data: Any
        if how.as_json:
            headers["Content-Type"] = "application/json; charset=utf-8"
            data = json.dumps({k: v for k, v in arguments.items() if v is not None}).encode()
        else:
            data = _form(arguments)
        sent = await self._send(access.api_url + method, headers, data, repeatable)
        status, wait, answer = sent.status, sent.wait, sent.answer
        if status == 429 or text_in(answer, "error") in RATE_LIMITS:
            scope = self._pacing.limited(access.pace_key, method, conversation, wait)
            raise Later("ratelimited", retry_after=wait, scope=scope)
        if answer is None:
            raise failure_of_status(status, repeatable=repeatable, retry_after=wait)
        if answer.get("ok") is not True:
            error = text_in(answer, "error")
            if not error:
                raise failure_of_status(status, repeatable=repeatable, retry_after=wait)
            raise failure_of(error, repeatable=repeatable, retry_after=wait)
        return Answered(answer, sent.scopes)

    async def _send(
        self, url: str, headers: Mapping[str, str], data: Any, repeatable: bool
    ) -> "_Sent":
        request = self._session.post(
            url, headers=headers, data=data, allow_redirects=False, timeout=_CALL_TIMEOUT
        )
        try:
            async with request as response:
                answer = _object(await response.read())
                return _Sent(response.status, _wait(response), answer, _scopes(response))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _failure_of_connection(error, repeatable=repeatable) from error

    async def respond(self, response_url: str, message: Mapping[str, Any]) -> None:
        """Answer a command or a click at the address that came with it; no token goes along."""
        if not is_allowed_url(
            response_url, self._hosts, suffixes=_FILE_SUFFIXES, any_loopback=True
        ):
            raise Refused("response_url_not_allowed")
        async with (
            _failures(CALL_SECONDS),
            self._session.post(response_url, json=message, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise failure_of_status(
                    response.status, repeatable=True, retry_after=_wait(response)
                )

    async def upload(self, url: str, access: Access, content: bytes) -> None:
        """Send a file's bytes to the address Slack gave for them (no token goes along)."""
        if not self.may_fetch(url, access):
            raise Refused("upload_url_not_allowed")
        async with (
            _failures(FILE_SECONDS),
            self._session.post(url, data=io.BytesIO(content), allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise failure_of_status(
                    response.status, repeatable=True, retry_after=_wait(response)
                )

    async def download(self, url: str, access: Access, limit: int, media_type: str) -> bytes:
        """A file's bytes; `Refused` when there are more than `limit`, or Slack does not give it.

        Without the right token Slack answers 200 and a login page, so a page is never taken for a
        file that is none; the token does not follow a redirect to a foreign host.
        """
        for _ in range(_MOST_REDIRECTS):
            if not self.may_fetch(url, access):
                raise Refused("file_url_not_allowed")
            answer = await self._fetch(url, access, limit, media_type)
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise Refused("too_many_redirects")

    async def _fetch(self, url: str, access: Access, limit: int, media_type: str) -> bytes | str:
        headers = {"Authorization": f"Bearer {access.token}"}
        async with (
            _failures(FILE_SECONDS),
            self._session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            if 300 <= response.status < 400:
                return response.headers.get("Location", "")
            if response.status != 200:
                raise failure_of_status(
                    response.status, repeatable=True, retry_after=_wait(response)
                )
            if response.content_type == "text/html" and media_type != "text/html":
                raise Refused("file_not_given_out")
            return await _limited(response, limit)


@dataclass(frozen=True, slots=True)
class _How:
    method: str
    arguments: Mapping[str, Any]
    repeatable: bool = True
    as_json: bool = False
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class _Sent:
    """Status, seconds to wait, the JSON object answered (None when it is none), and scopes."""

    status: int
    wait: float
    answer: Mapping[str, Any] | None
    scopes: frozenset[str] | None


@asynccontextmanager
async def _failures(seconds: float) -> AsyncIterator[None]:
    """Translates what can go wrong on the way, and limits the time it may take."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _failure_of_connection(error, repeatable=True) from error


def _failure_of_connection(error: Exception, *, repeatable: bool) -> CallFailed:
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return never_sent("not_reachable")
    code = "timeout" if isinstance(error, TimeoutError) else "connection_lost"
    return lost_answer(code, repeatable=repeatable)


async def _limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise Refused("file_too_large")
    content = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > limit:
            raise Refused("file_too_large")
    return bytes(content)


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {key: _field(value) for key, value in arguments.items() if value is not None}


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _wait(response: aiohttp.ClientResponse) -> float:
    """Retry-After in seconds; one second when Slack names none that can be read."""
    try:
        return min(max(float(response.headers.get("Retry-After", 1)), 0.0), 3600.0)
    except ValueError:
        return 1.0


def _scopes(response: aiohttp.ClientResponse) -> frozenset[str] | None:
    """`X-OAuth-Scopes` (docs.slack.dev/authentication/installing-with-oauth)."""
    named = response.headers.get("X-OAuth-Scopes", "")
    return frozenset(name for scope in named.split(",") if (name := scope.strip())) or None


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(raw)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
