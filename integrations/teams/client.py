"""Our own asynchronous client of the Bot Connector.

"Bot Connector API reference" and "Send proactive messages" on learn.microsoft.com. botbuilder's
client sends blocking requests from a thread pool, one after another.
"""

import asyncio
import io
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from core.channels import Trouble
from core.failures import Later, Refused, Scope, Unsure
from core.ids import ExternalConversation, ExternalMember, ExternalMessage, ExternalTenant
from core.pace import Pace, PaceState, ready_at, spend
from integrations.teams.clock import Clock
from integrations.teams.errors import failure_of
from integrations.teams.fields import text_at
from integrations.teams.ids import in_path, split_thread
from integrations.teams.settings import TeamsSettings
from integrations.teams.tokens import TokenSource

_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=5)
_MOST_ANSWER = 4_000_000
#: aiohttp wants larger bodies as a stream.
_LARGE = 500_000
_LONGEST_TURN = 5.0
_MOST_TENANTS = 10_000
_NOT_OFFERED = frozenset({405, 501})
#: Two a second are allowed; a little less, because requests do not arrive as evenly as they leave.
_REACTION_PACE = (Pace(interval=0.55, burst=1),)


class ConnectorClient:
    """Sends requests to Bot Connectors. Fails only with `core.failures.CallFailed`.

    A token is attached only for an address that the settings allow. Each tenant's requests keep to
    its rate (50 a second, "Optimize your bot with rate limiting"), shared between the nodes.
    """

    def __init__(
        self,
        *,
        settings: TeamsSettings,
        session: aiohttp.ClientSession,
        tokens: TokenSource,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._session = session
        self._tokens = tokens
        self._clock = clock
        self._pace = self._pace_for(1)
        self._turns: dict[str, PaceState] = {}

    def set_share(self, nodes: int) -> None:
        """Tell how many nodes send at the same time; each keeps to its part of the rate."""
        self._pace = self._pace_for(nodes)

    def _pace_for(self, nodes: int) -> tuple[Pace, ...]:
        rate = self._settings.requests_per_second / max(1, nodes)
        # A fifth at once and four fifths steadily: never more than the rate in any second.
        return (Pace(interval=1 / (0.8 * rate), burst=max(1, int(0.2 * rate))),)

    async def start_thread(
        self,
        base: str,
        tenant: ExternalTenant,
        channel: ExternalConversation,
        activity: Mapping[str, Any],
    ) -> ExternalMessage:
        """Begin a thread in a channel; gives the id of its first message."""
        body = {
            "isGroup": True,
            "tenantId": tenant,
            "channelData": {"channel": {"id": channel}, "tenant": {"id": tenant}},
            "activity": dict(activity),
        }
        try:
            answer = await self.call("POST", base, "v3/conversations", tenant, body)
        except _NotHere:
            return await self.send(base, tenant, channel, activity)
        _, root = split_thread(text_at(answer, "id"))
        message = text_at(answer, "activityId") or root
        if not message:
            raise Unsure("no_message_id")
        return ExternalMessage(message)

    async def personal_chat(
        self, base: str, tenant: ExternalTenant, member: ExternalMember, bot: ExternalMember
    ) -> ExternalConversation:
        """The personal chat of a member with our bot; it is made when there is none yet."""
        body = {
            "isGroup": False,
            **({"bot": {"id": bot}} if bot else {}),
            "members": [{"id": member}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        try:
            answer = await self.call(
                "POST", base, "v3/conversations", tenant, body, repeatable=True
            )
        except _NotHere as error:
            raise Refused(error.code) from error
        conversation = text_at(answer, "id")
        if not conversation:
            raise Refused("no_conversation_id")
        return ExternalConversation(conversation)

    async def send(
        self, base: str, tenant: ExternalTenant, conversation: str, activity: Mapping[str, Any]
    ) -> ExternalMessage:
        """Post an activity to a conversation or thread; gives the message's id."""
        path = f"v3/conversations/{in_path(conversation)}/activities"
        answer = await self.call("POST", base, path, tenant, activity)
        message = text_at(answer, "id")
        if not message:
            raise Unsure("no_message_id")
        return ExternalMessage(message)

    async def call(
        self,
        method: str,
        base: str,
        path: str,
        tenant: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Any:
        """Send one request and give back the JSON of its answer, or None.

        `repeatable` requests may be done twice without harm; all but POST are, unless said. A
        refused token is renewed once.
        """
        url = self._address(base, path)
        again = method != "POST" if repeatable is None else repeatable
        await self._take_turn(tenant, self._pace)
        data = None if body is None else _encoded(body)
        token = await self._token(url)
        status, answer, headers = await self._request(method, url, data, query, token, again)
        if status == 401 and token:
            self._tokens.forget(token)
            token = await self._token(url)
            status, answer, headers = await self._request(method, url, data, query, token, again)
        if 200 <= status < 300:
            return _decoded(answer, again)
        failure = failure_of(status, answer, headers.get("Retry-After"), repeatable=again)
        if path == "v3/conversations" and (status in _NOT_OFFERED or failure.code == "http_404"):
            raise _NotHere(failure.code)
        raise failure

    async def reachable(self, base: str, path: str, tenant: str) -> None:
        """Return when the address answers anything; otherwise `Later`."""
        try:
            await self.call("GET", base, path, tenant)
        except (Refused, _NotHere):
            return
        except Later as failure:
            if failure.code == "unreachable" or failure.code == "no_answer":
                raise
            return

    async def download(self, url: str, limit: int, *, with_token: bool) -> bytes:
        """The bytes at an address; `Refused` when there are more than `limit`."""
        headers = await self._headers(url) if with_token else {}
        try:
            async with self._session.get(
                url, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                if response.status != 200:
                    body = await response.content.read(10_000)
                    after = response.headers.get("Retry-After")
                    failure = failure_of(response.status, body, after, repeatable=True)
                    if isinstance(failure, Refused):
                        raise Refused(failure.code)
                    raise failure
                return await read_limited(response, limit)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Later("unreachable") from error

    def _address(self, base: str, path: str) -> str:
        url = f"{base.rstrip('/')}/{path}"
        if not self._settings.may_serve(url):
            raise Refused("address_not_allowed", trouble=Trouble.NOT_ALLOWED)
        return url

    async def _headers(self, url: str) -> dict[str, str]:
        token = await self._token(url)
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def _token(self, url: str) -> str:
        if not self._settings.authenticates or not self._settings.may_serve(url):
            return ""
        return await self._tokens.connector()

    async def _request(
        self,
        method: str,
        url: str,
        data: bytes | None,
        query: Mapping[str, str] | None,
        token: str,
        repeatable: bool,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if data is not None:
            headers["Content-Type"] = "application/json"
        address = URL(url, encoded=True)
        try:
            async with self._session.request(
                method,
                address.extend_query(query) if query else address,
                data=io.BytesIO(data) if data and len(data) > _LARGE else data,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                return response.status, await read_limited(response, _MOST_ANSWER), response.headers
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Later("unreachable") from error
        except aiohttp.InvalidURL as error:
            raise Refused("bad_address") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise (Later if repeatable else Unsure)("no_answer") from error

    async def react(self, method: str, base: str, path: str, tenant: str) -> None:
        """Give or take back a reaction: at most two a second, whatever the conversation."""
        await self._take_turn(f"reactions {tenant}", _REACTION_PACE)
        await self.call(method, base, path, tenant)

    async def _take_turn(self, tenant: str, pace: tuple[Pace, ...]) -> None:
        now = self._clock().timestamp()
        state = self._turns.get(tenant, ())
        start = ready_at(pace, state, now)
        if start - now > _LONGEST_TURN:
            raise Later("tenant_pace", retry_after=start - now, scope=Scope.WORKSPACE)
        if len(self._turns) >= _MOST_TENANTS and tenant not in self._turns:
            self._turns.pop(next(iter(self._turns)))
        self._turns[tenant] = spend(pace, state, max(now, start))
        if start > now:
            await asyncio.sleep(start - now)


class _NotHere(Refused):
    """This connector does not begin threads by `POST /v3/conversations`."""


async def read_limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The bytes of an answer; `Refused` when there are more than `limit`."""
    if (response.content_length or 0) > limit:
        raise Refused("too_large")
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_chunked(65_536):
        size += len(piece)
        if size > limit:
            raise Refused("too_large")
        pieces.append(piece)
    return b"".join(pieces)


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _decoded(answer: bytes, repeatable: bool) -> Any:
    if not answer.strip():
        return None
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise (Later if repeatable else Unsure)("answer_not_json") from error
