"""Where each Microsoft cloud answers.

Sources: Microsoft's Teams SDK (`cloud_environment`), and "Authentication with the Bot Connector
API" on learn.microsoft.com.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. `issuer` signs what arrives; `service_hosts` may be sent our token."""

    login_url: str
    login_tenant: str
    scope: str
    issuer: str
    metadata_url: str
    graph_url: str
    graph_scope: str
    service_url: str
    service_hosts: frozenset[str]
    file_suffixes: tuple[str, ...]


_PUBLIC = Cloud(
    login_url="https://login.microsoftonline.com",
    login_tenant="botframework.com",
    scope="https://api.botframework.com/.default",
    issuer="https://api.botframework.com",
    metadata_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
    graph_url="https://graph.microsoft.com",
    graph_scope="https://graph.microsoft.com/.default",
    service_url="https://smba.trafficmanager.net/teams/",
    service_hosts=frozenset(
        {
            "smba.trafficmanager.net",
            "smba.onyx.prod.teams.trafficmanager.net",
            "smba.infra.gcc.teams.microsoft.com",
        }
    ),
    file_suffixes=(".sharepoint.com",),
)
_GCC = Cloud(
    login_url=_PUBLIC.login_url,
    login_tenant=_PUBLIC.login_tenant,
    scope=_PUBLIC.scope,
    issuer=_PUBLIC.issuer,
    metadata_url=_PUBLIC.metadata_url,
    graph_url=_PUBLIC.graph_url,
    graph_scope=_PUBLIC.graph_scope,
    service_url="https://smba.infra.gcc.teams.microsoft.com/gcc/",
    service_hosts=_PUBLIC.service_hosts,
    file_suffixes=_PUBLIC.file_suffixes,
)
_GCCH = Cloud(
    login_url="https://login.microsoftonline.us",
    login_tenant="MicrosoftServices.onmicrosoft.us",
    scope="https://api.botframework.us/.default",
    issuer="https://api.botframework.us",
    metadata_url="https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    graph_url="https://graph.microsoft.us",
    graph_scope="https://graph.microsoft.us/.default",
    service_url="https://smba.infra.gov.teams.microsoft.us/gcch/",
    service_hosts=frozenset({"smba.infra.gov.teams.microsoft.us"}),
    file_suffixes=(".sharepoint.us",),
)
_DOD = Cloud(
    login_url=_GCCH.login_url,
    login_tenant=_GCCH.login_tenant,
    scope=_GCCH.scope,
    issuer=_GCCH.issuer,
    metadata_url=_GCCH.metadata_url,
    graph_url="https://dod-graph.microsoft.us",
    graph_scope="https://dod-graph.microsoft.us/.default",
    service_url="https://smba.infra.dod.teams.microsoft.us/teams/",
    service_hosts=frozenset({"smba.infra.dod.teams.microsoft.us"}),
    file_suffixes=(".sharepoint-mil.us",),
)

CLOUDS = {"public": _PUBLIC, "gcc": _GCC, "gcch": _GCCH, "dod": _DOD}
"""Every cloud by the name that `TEAMS_CLOUD` takes."""
