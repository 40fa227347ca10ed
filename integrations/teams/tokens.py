"""Our token for what leaves, from Microsoft's sign-in service."""

import asyncio
import base64
import binascii
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from core.channels import Trouble
from core.failures import Later, Refused
from integrations.teams.clock import Clock
from integrations.teams.fields import number_at, text_at
from integrations.teams.settings import TeamsSettings

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_EARLY = timedelta(minutes=5)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class _Cached:
    token: str
    fresh_until: datetime


class TokenSource:
    """Gives tokens, each kept until five minutes before it runs out, one refresh at a time.

    With a secret or certificate it is the client credentials grant ("Authentication with the Bot
    Connector API"), otherwise the managed identity of the machine.
    """

    def __init__(
        self, *, settings: TeamsSettings, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock
        self._cached: dict[tuple[str, str], _Cached] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._certificate: str | None = None

    async def connector(self) -> str:
        """A token for the Bot Connector."""
        cloud = self._settings.endpoints
        return await self._token(self._settings.app_tenant_id or cloud.login_tenant, cloud.scope)

    async def graph(self, tenant: str) -> str:
        """A token for Microsoft Graph in a tenant."""
        return await self._token(tenant, self._settings.endpoints.graph_scope)

    def forget(self, token: str) -> None:
        """Drop a token that was refused, unless it has been replaced already."""
        self._cached = {key: held for key, held in self._cached.items() if held.token != token}

    async def _token(self, tenant: str, scope: str) -> str:
        key = (tenant, scope)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._cached.get(key)
            if held is not None and self._clock() < held.fresh_until:
                return held.token
            answer = await self._ask(tenant, scope)
            token = text_at(answer, "access_token")
            if not token:
                raise Refused("no_access_token", trouble=Trouble.TOKEN_GONE)
            lifetime = timedelta(seconds=number_at(answer, "expires_in") or 3600)
            kept = max(lifetime - _EARLY, lifetime / 2)
            self._cached[key] = _Cached(token, self._clock() + kept)
            return token

    async def _ask(self, tenant: str, scope: str) -> Mapping[str, Any]:
        settings = self._settings
        if settings.managed_identity_client_id and not settings.app_password.get_secret_value():
            return await self._ask_identity(scope)
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.app_id,
            "scope": scope,
        }
        url = f"{settings.endpoints.login_url}/{tenant}/oauth2/v2.0/token"
        if settings.certificate_path:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = await self._assertion(url)
        else:
            form["client_secret"] = settings.app_password.get_secret_value()
        return await self._answer(lambda: self._session.post(url, data=form, timeout=_TIMEOUT))

    async def _ask_identity(self, scope: str) -> Mapping[str, Any]:
        settings = self._settings
        header = settings.identity_header.get_secret_value()
        query = {
            "resource": scope.removesuffix("/.default"),
            "client_id": settings.managed_identity_client_id,
            "api-version": "2019-08-01" if header else "2018-02-01",
        }
        headers = {"X-IDENTITY-HEADER": header} if header else {"Metadata": "true"}
        url = settings.identity_endpoint
        return await self._answer(
            lambda: self._session.get(url, params=query, headers=headers, timeout=_TIMEOUT)
        )

    async def _answer(
        self, request: Callable[[], AbstractAsyncContextManager[aiohttp.ClientResponse]]
    ) -> Mapping[str, Any]:
        try:
            async with request() as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Later("sign_in_unreachable") from error
        if status == 200 and isinstance(answer, Mapping):
            return answer
        if status == 429 or status >= 500:
            raise Later(f"sign_in_http_{status}")
        raise Refused(text_at(answer, "error") or "sign_in_refused", trouble=Trouble.TOKEN_GONE)

    async def _assertion(self, audience: str) -> str:
        settings = self._settings
        try:
            if self._certificate is None:
                path = Path(settings.certificate_path)
                self._certificate = await asyncio.to_thread(path.read_text, encoding="ascii")
            thumbprint = bytes.fromhex(settings.certificate_thumbprint.replace(":", ""))
        except (OSError, ValueError, binascii.Error) as error:
            raise Refused("certificate_unreadable", trouble=Trouble.TOKEN_GONE) from error
        issued = int(self._clock().timestamp())
        claims = {
            "aud": audience,
            "iss": settings.app_id,
            "sub": settings.app_id,
            "jti": str(uuid.uuid4()),
            "nbf": issued,
            "exp": issued + _ASSERTION_SECONDS,
        }
        fingerprint = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
        return jwt.encode(
            claims, self._certificate, algorithm="RS256", headers={"x5t": fingerprint}
        )
