"""What the operator sets for Teams."""

from dataclasses import replace
from functools import cached_property
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.common.hosts import is_allowed_url
from integrations.teams.clouds import CLOUDS, Cloud


class TeamsSettings(BaseSettings):
    """Settings from the environment (`TEAMS_…`) or `.env`. All of them may stay empty."""

    model_config = SettingsConfigDict(
        env_prefix="TEAMS_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    app_id: str = Field("", description="The bot's app id. Empty: no authentication, loopback only")
    app_password: SecretStr = Field(SecretStr(""), description="The app's client secret")
    app_tenant_id: str = Field("", description="The tenant of the app, for a single-tenant bot")
    certificate_path: str = Field("", description="A PEM file with key, in place of a secret")
    certificate_thumbprint: str = Field("", description="The SHA-1 thumbprint of the certificate")
    managed_identity_client_id: str = Field("", description="A managed identity, without a secret")
    identity_endpoint: str = Field(
        "http://169.254.169.254/metadata/identity/oauth2/token",
        validation_alias="IDENTITY_ENDPOINT",
        description="Where the managed identity is; the host sets it",
    )
    identity_header: SecretStr = Field(
        SecretStr(""), validation_alias="IDENTITY_HEADER", description="Set by the host with it"
    )
    cloud: Literal["public", "gcc", "gcch", "dod"] = Field("public", description="Which cloud")
    service_hosts: str = Field(
        "", description="More hosts that may be sent our token, comma separated, with a port or not"
    )
    requests_per_second: float = Field(
        50.0, gt=0, description="Requests a second in one tenant, over all nodes"
    )
    graph: bool = Field(
        False, description="Fill gaps through Microsoft Graph; needs ChannelMessage.Read.Group"
    )
    login_url: str = Field("", description="In place of the cloud's sign-in address")
    metadata_url: str = Field("", description="In place of the cloud's signing keys document")
    graph_url: str = Field("", description="In place of the cloud's Microsoft Graph")

    @property
    def authenticates(self) -> bool:
        """Whether requests are checked and carry a token."""
        return bool(self.app_id)

    @cached_property
    def endpoints(self) -> Cloud:
        """The cloud's addresses, with those the operator replaced."""
        cloud = CLOUDS[self.cloud]
        return replace(
            cloud,
            login_url=(self.login_url or cloud.login_url).rstrip("/"),
            metadata_url=self.metadata_url or cloud.metadata_url,
            graph_url=(self.graph_url or cloud.graph_url).rstrip("/"),
        )

    @cached_property
    def extra_hosts(self) -> frozenset[str]:
        """What `TEAMS_SERVICE_HOSTS` adds to the cloud's own hosts."""
        listed = (host.strip().lower() for host in self.service_hosts.split(","))
        bare = (host.partition("://")[2] or host for host in listed)
        return frozenset(host.partition("/")[0] for host in bare if host)

    def may_serve(self, url: str) -> bool:
        """Whether an address may be a Bot Connector, so that our token may be sent there."""
        return is_allowed_url(url, self._hosts, any_loopback=not self.authenticates)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return self.endpoints.service_hosts | self.extra_hosts
