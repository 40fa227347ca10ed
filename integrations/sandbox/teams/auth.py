"""The identity side: signing keys, the tokens Teams sends, and the tokens a bot asks for.

Sources: Azure Bot Service "Authenticate with the Bot Connector API" (issuer, audience,
serviceurl claim, OpenID metadata) and the OAuth 2.0 client credentials grant. Without an app id
nothing is signed or checked, as in local development.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.sandbox.teams.model import Json
from integrations.sandbox.world import Clock

BOT_ISSUER = "https://api.botframework.com"
BOT_AUDIENCE = "https://api.botframework.com"
GRAPH_AUDIENCE = "https://graph.microsoft.com"
TOKEN_LIFETIME = 3600


@dataclass(slots=True)
class Identity:
    """Who the bot is, and the keys of the (pretended) Bot Framework and Entra.

    With an empty `app_id` tokens are given to anyone and asked of no one. A rotated key is
    published beside the old one, as the real service does for some days.
    """

    clock: Clock
    app_id: str = ""
    app_password: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    current: str = ""
    _known: dict[str, tuple[str, float]] = field(default_factory=dict)

    @property
    def enforced(self) -> bool:
        """Whether tokens are signed and demanded."""
        return bool(self.app_id)

    def rotate(self) -> str:
        """Sign with a new key from now on. Answers its id."""
        self.current = uuid.uuid4().hex
        self.keys[self.current] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self.current

    def _key(self) -> rsa.RSAPrivateKey:
        if not self.current:
            self.rotate()
        return self.keys[self.current]

    def sign(self, claims: Json) -> str:
        """A token with these claims, valid from now for an hour."""
        now = int(self.clock().timestamp())
        whole = {"nbf": now, "exp": now + TOKEN_LIFETIME, "iat": now, **claims}
        key = self._key()
        headers = {"kid": self.current, "x5t": self.current}
        return jwt.encode(whole, key, algorithm="RS256", headers=headers)

    def token_for_bot(self, service_url: str) -> str:
        """What Teams puts into `Authorization` when it posts an activity to the bot."""
        return self.sign({"iss": BOT_ISSUER, "aud": self.app_id, "serviceurl": service_url})

    def token_from_scope(self, scope: str, tenant: str) -> str:
        """A token for the audience of a client-credentials scope."""
        audience = scope.removesuffix("/.default")
        issuer = f"https://sts.windows.net/{tenant}/"
        app = self.app_id or "00000000-0000-0000-0000-000000000000"
        return self.sign({"iss": issuer, "aud": audience, "appid": app, "tid": tenant})

    def accepts(self, authorization: str, audience: str) -> bool:
        """Whether an `Authorization` header holds a valid token for this audience."""
        if not self.enforced:
            return True
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        known = self._known.get(token)
        if known is None:
            known = self._check(token)
            if known is None:
                return False
            self._known[token] = known
        return known[0].rstrip("/") == audience and known[1] > self.clock().timestamp()

    def _check(self, token: str) -> tuple[str, float] | None:
        try:
            key = self.keys[jwt.get_unverified_header(token)["kid"]].public_key()
            # Lifetime and audience are judged by the caller, with the stand-in's own clock.
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, KeyError):
            return None
        if claims.get("appid") != self.app_id:
            return None
        return str(claims["aud"]), float(claims["exp"])

    def published_keys(self) -> list[Json]:
        """The public keys as JWKs, endorsed for Teams."""
        self._key()
        return [
            {
                **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())),
                "kid": kid,
                "x5t": kid,
                "use": "sig",
                "alg": "RS256",
                "endorsements": ["msteams"],
            }
            for kid, key in self.keys.items()
        ]


def identity_routes(identity: Identity, public_url: Callable[[], str]) -> list[web.RouteDef]:
    """OpenID metadata, keys, and the token endpoint; `public_url` gives our own address."""

    async def metadata(request: web.Request) -> web.Response:
        base = public_url()
        return web.json_response(
            {
                "issuer": BOT_ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{base}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": identity.published_keys()})

    async def authority(request: web.Request) -> web.Response:
        base = f"{public_url()}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "jwks_uri": f"{public_url()}/v1/.well-known/keys",
            }
        )

    async def token(request: web.Request) -> web.Response:
        return await _token(request, identity)

    return [
        web.get("/v1/.well-known/openidconfiguration", metadata),
        web.get("/v1/.well-known/keys", keys),
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", authority),
        web.post("/{tenant}/oauth2/v2.0/token", token),
    ]


async def _token(request: web.Request, identity: Identity) -> web.Response:
    form = await request.post()
    if form.get("grant_type") != "client_credentials":
        return _oauth_error(
            400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant."
        )
    scope = str(form.get("scope", ""))
    if not scope.endswith("/.default"):
        return _oauth_error(
            400, "invalid_scope", "AADSTS1002012: The provided value for scope is not valid."
        )
    if identity.enforced:
        if form.get("client_id") != identity.app_id:
            return _oauth_error(
                400, "unauthorized_client", "AADSTS700016: Application was not found."
            )
        secret = str(form.get("client_secret", ""))
        if not hmac.compare_digest(secret.encode(), identity.app_password.encode()):
            return _oauth_error(
                401, "invalid_client", "AADSTS7000215: Invalid client secret provided."
            )
    return web.json_response(
        {
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME - 1,
            "ext_expires_in": TOKEN_LIFETIME - 1,
            "access_token": identity.token_from_scope(scope, request.match_info["tenant"]),
        }
    )


def _oauth_error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
