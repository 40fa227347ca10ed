"""Slack's consent (OAuth v2): where a browser is sent, and what its code and tokens are changed
for.

Sources: docs.slack.dev/authentication/installing-with-oauth, using-token-rotation, and
docs.slack.dev/reference/methods/oauth.v2.access.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import aiohttp

from core.channels import Trouble
from core.failures import Refused
from core.ids import ExternalMember, ExternalWorkspace
from core.installations import Granted, Team, Tokens
from integrations.slack.errors import failure_of, failure_of_status, lost_answer, never_sent
from integrations.slack.fields import Json, flag_in, number_in, object_in, text_in
from integrations.slack.ids import SLACK
from integrations.slack.scopes import asked_scopes
from integrations.slack.settings import SlackSettings

METHOD = "oauth.v2.access"

_ANSWERS_WITHIN = aiohttp.ClientTimeout(total=15, sock_connect=5)
_CODE_USED = frozenset({"code_already_used", "code_expired", "invalid_code", "invalid_grant"})
_REFRESH_USED = frozenset(
    {
        "account_inactive",
        "app_uninstalled",
        "invalid_auth",
        "invalid_grant",
        "invalid_refresh_token",
        "token_expired",
        "token_revoked",
    }
)
_NOT_OUR_CLIENT = frozenset({"invalid_client_id", "bad_client_secret", "invalid_client"})


class CodeUsed(Refused):
    """Slack knows the code no more: it was used, it is too old, or it never was one."""


class SlackOAuth:
    """The app's own side of Slack's consent; needs a client id and its secret."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        session: aiohttp.ClientSession,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock

    @property
    def is_set_up(self) -> bool:
        """Whether the operator has given what consent needs."""
        return bool(self._settings.client_id and self._settings.client_secret.get_secret_value())

    def consent_url(self, state: str, redirect_uri: str, team: str = "") -> str:
        """Where Slack asks whoever has the browser; `team` is offered first."""
        given = {
            "client_id": self._settings.client_id,
            "scope": ",".join(asked_scopes(gov=_is_gov(self._settings.authorize_url))),
            "user_scope": "",
            "redirect_uri": redirect_uri,
            "state": state,
            **({"team": team} if team else {}),
        }
        base = self._settings.authorize_url
        return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode(given, quote_via=quote)}"

    async def exchange(self, code: str, redirect_uri: str) -> Granted:
        """What a code stands for. It works once.

        Fails with `CodeUsed`, with `Refused` when Slack does not know this app or answers
        something else, and with another `CallFailed` when it does not answer.
        """
        answer = await self._ask({"code": code, "redirect_uri": redirect_uri}, _CODE_USED)
        return granted_of(answer, self._clock())

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which works once; `Refused` with trouble `token gone`
        when Slack takes it no more."""
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            answer = await self._ask(given, _REFRESH_USED)
        except CodeUsed as error:
            raise Refused(error.code, trouble=Trouble.TOKEN_GONE) from error
        tokens = _tokens_of(answer, self._clock())
        if tokens is None:
            raise Refused("unreadable_tokens")
        return tokens

    async def _ask(self, given: Mapping[str, str], used: frozenset[str]) -> Json:
        """Ask with the secret in the header, as Slack advises, else in the body, as some do."""
        answer: Json = {}
        for headers, fields in self._ways():
            answer = await self._send(headers, {**fields, **given})
            if answer.get("ok") is True:
                return answer
            if text_in(answer, "error") not in _NOT_OUR_CLIENT:
                break
        error = text_in(answer, "error") or "no_error"
        if error in used:
            raise CodeUsed(error)
        failure = failure_of(error, repeatable=True)
        # What concerns this app's own id is no reason to give up a workspace.
        raise Refused(error) if isinstance(failure, Refused) else failure

    def _ways(self) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        client_id = self._settings.client_id
        secret = self._settings.client_secret.get_secret_value()
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        yield {"Authorization": f"Basic {basic}"}, {}
        yield {}, {"client_id": client_id, "client_secret": secret}

    async def _send(self, headers: Mapping[str, str], fields: Mapping[str, str]) -> Json:
        url = f"{self._settings.api_url.rstrip('/')}/{METHOD}"
        request = self._session.post(
            url, headers=headers, data=fields, allow_redirects=False, timeout=_ANSWERS_WITHIN
        )
        try:
            async with request as response:
                body = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise never_sent("not_reachable") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise lost_answer("no_answer", repeatable=True) from error
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise failure_of_status(response.status, repeatable=True)
        return answer


def _is_gov(authorize_url: str) -> bool:
    host = urlsplit(authorize_url).hostname or ""
    return host == "slack-gov.com" or host.endswith(".slack-gov.com")


def granted_of(answer: Json, now: datetime) -> Granted:
    """What Slack has granted; `Refused` when the answer grants nothing to a bot."""
    tokens = _tokens_of(answer, now)
    whole = flag_in(answer, "is_enterprise_install")
    place = object_in(answer, "enterprise" if whole else "team")
    to = Team(ExternalWorkspace(text_in(place, "id")), text_in(place, "name"))
    if tokens is None or not to.external_id or text_in(answer, "token_type") not in {"bot", ""}:
        raise Refused("unreadable_grant")
    return Granted(
        platform=SLACK,
        to=to,
        is_organization=whole,
        tokens=tokens,
        teams=() if whole else (to,),
        organization=ExternalWorkspace(text_in(object_in(answer, "enterprise"), "id")),
        app_id=text_in(answer, "app_id"),
        bot_member=ExternalMember(text_in(answer, "bot_user_id")),
        scopes=text_in(answer, "scope"),
        installer=ExternalMember(text_in(object_in(answer, "authed_user"), "id")),
    )


def _tokens_of(answer: Json, now: datetime) -> Tokens | None:
    access = text_in(answer, "access_token")
    if not access:
        return None
    refresh, seconds = text_in(answer, "refresh_token"), number_in(answer, "expires_in")
    if not refresh or seconds <= 0:
        return Tokens(access)
    return Tokens(access, refresh, now + timedelta(seconds=seconds))
