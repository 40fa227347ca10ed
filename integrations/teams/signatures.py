"""Whether a request really comes from Teams: its token, checked against Microsoft's keys.

Rules: "Authentication with the Bot Connector API" on learn.microsoft.com. Done here rather than by
botbuilder, whose check fetches keys with blocking calls and answers an unknown key with a 500.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import jwt

from integrations.teams.clock import Clock
from integrations.teams.fields import objects_at, text_at
from integrations.teams.settings import TeamsSettings

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REFETCH_AFTER = timedelta(minutes=5)
_RETRY_AFTER = timedelta(seconds=30)
_KEYS_LAST = timedelta(hours=24)
_SKEW_SECONDS = 300
_MOST_TOKEN = 16_384

log = logging.getLogger(__name__)


class TokenRefused(Exception):
    """The request does not prove that Teams sent it. Carries a reason for the log."""


@dataclass(frozen=True, slots=True)
class _Key:
    key: Any
    endorsements: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a checked token says. `endorsements` are the channels its key may sign for."""

    claims: Mapping[str, Any] = field(repr=False)
    endorsements: frozenset[str] | None

    def check_activity(self, service_url: str, channel: str) -> None:
        """Check that the token was made for an activity from this address and channel.

        Raises `TokenRefused`.
        """
        claimed = text_at(self.claims, "serviceurl") or text_at(self.claims, "serviceUrl")
        if not claimed or claimed.rstrip("/") != service_url.rstrip("/"):
            raise TokenRefused("the service address is not the one in the token")
        if self.endorsements is not None and channel and channel not in self.endorsements:
            raise TokenRefused("the signing key does not speak for this channel")


class TokenCheck:
    """Checks the `Authorization` header of what arrives. Never blocks the loop."""

    def __init__(
        self, *, settings: TeamsSettings, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self._fetched_at: datetime | None = None
        self._next_try: datetime | None = None
        self._lock = asyncio.Lock()

    async def check(self, authorization: str) -> Proof:
        """Give back what the token says. Raises `TokenRefused`, and nothing else."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _MOST_TOKEN:
            raise TokenRefused("no bearer token")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise TokenRefused("not a token") from error
        if header.get("alg") != "RS256":
            raise TokenRefused("not signed with RS256")
        found = await self._key(text_at(header, "kid"))
        return Proof(self._claims(token, found), found.endorsements)

    def _claims(self, token: str, found: _Key) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                found.key,
                algorithms=["RS256"],
                audience=self._settings.app_id,
                issuer=self._settings.endpoints.issuer,
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            now = self._clock().timestamp()
            expires, begins = float(claims["exp"]), float(claims.get("nbf", 0))
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise TokenRefused(f"token refused: {type(error).__name__}") from error
        if not begins - _SKEW_SECONDS <= now < expires + _SKEW_SECONDS:
            raise TokenRefused("the token is not valid at this time")
        return claims

    async def _key(self, kid: str) -> _Key:
        async with self._lock:
            now = self._clock()
            stale = self._fetched_at is None or now - self._fetched_at >= _KEYS_LAST
            may_try = self._next_try is None or now >= self._next_try
            if may_try and (stale or kid not in self._keys):
                fetched = await self._fetch()
                self._fetched_at = now if fetched else self._fetched_at
                self._next_try = now + (_REFETCH_AFTER if fetched else _RETRY_AFTER)
        if kid not in self._keys:
            raise TokenRefused("signed with an unknown key")
        return self._keys[kid]

    async def _fetch(self) -> bool:
        url = self._settings.endpoints.metadata_url
        try:
            metadata = await self._get(url)
            keys = await self._get(text_at(metadata, "jwks_uri"))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning(
                "Teams' signing keys can't be fetched from %s (%s): requests from Teams are "
                "refused until they can. Check that this server may reach it.",
                url,
                type(error).__name__,
            )
            return False
        self._keys = dict(_read_key(key) for key in objects_at(keys, "keys") if "kid" in key)
        self._keys.pop("", None)
        return True

    async def _get(self, url: str) -> Any:
        async with self._session.get(url, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


def _read_key(data: Mapping[str, Any]) -> tuple[str, _Key]:
    listed = data.get("endorsements")
    endorsements = (
        frozenset(item for item in listed if isinstance(item, str))
        if isinstance(listed, list)
        else None
    )
    try:
        return text_at(data, "kid"), _Key(jwt.PyJWK(dict(data), algorithm="RS256"), endorsements)
    except (jwt.PyJWTError, ValueError, TypeError):
        return "", _Key(None, None)
