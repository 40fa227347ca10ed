"""OAuth: consent, codes, tokens that rotate, and organizations (Enterprise Grid).

Sources: docs.slack.dev/authentication/installing-with-oauth, using-token-rotation, and
docs.slack.dev/enterprise/developing-for-enterprise-orgs.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from integrations.sandbox.slack import channels
from integrations.sandbox.slack.call import Call, Method, page_of
from integrations.sandbox.slack.model import (
    App,
    Code,
    Grant,
    Installation,
    Json,
    Organization,
    SlackApiError,
    Workspace,
)
from integrations.sandbox.slack.pace import Tier
from integrations.sandbox.slack.setup import install, issue
from integrations.sandbox.world import BadInputError

if TYPE_CHECKING:
    from integrations.sandbox.slack.arguments import Arguments
    from integrations.sandbox.slack.state import State

REFRESH_GRANT = "refresh_token"


def authorize(state: State, request: web.Request) -> web.Response:
    """Consent: straight on for `team`, otherwise a page to choose the workspace."""
    client_id = request.query.get("client_id", "")
    app = next((a for a in state.apps.values() if a.client_id == client_id), None)
    redirect = request.query.get("redirect_uri", "")
    if app is None:
        return web.Response(status=400, text="invalid_client_id")
    team = request.query.get("team", "")
    if request.query.get("deny"):
        given = {"error": "access_denied"}
    elif team in state.workspaces or team in state.organizations:
        given = {"code": new_code(state, app, team, redirect)}
    else:
        return _consent_page(state, request)
    asked = request.query.get("scope", "")
    if asked:
        app.scopes = asked.replace(" ", ",")
    query = urlencode({**given, "state": request.query.get("state", "")})
    raise web.HTTPFound(f"{redirect}{'&' if '?' in redirect else '?'}{query}")


def new_code(state: State, app: App, team: str, redirect: str = "") -> str:
    """A code that stands for somebody's consent in a workspace, or in an organization."""
    places = [state.workspaces[t] for t in state.teams_of(team)]
    people = [m for place in places for m in place.members.values() if not m.bot]
    person = next((m for m in people if m.admin or m.owner), next(iter(people), None))
    code = f"{state.new_secret()}.{state.new_secret()}"
    state.codes[code] = Code(app.id, team, person.id if person is not None else "", redirect)
    return code


def _consent_page(state: State, request: web.Request) -> web.Response:
    choices = [(w.id, w.name) for w in state.workspaces.values()]
    choices += [(o.id, f"{o.name} (the whole organization)") for o in state.organizations.values()]
    links = "".join(
        f"<li><a href='?{escape(urlencode({**request.query, 'team': team}))}'>"
        f"{escape(name)}</a></li>"
        for team, name in choices
    )
    no = escape(urlencode({**request.query, "deny": "1"}))
    page = (
        "<!DOCTYPE html><html lang='en'><title>Choose a workspace</title><h1>Choose a workspace"
        f"</h1><p>This is a sandbox.</p><ul>{links}</ul><p><a href='?{no}'>Cancel</a></p></html>"
    )
    return web.Response(text=page, content_type="text/html")


def access(state: State, request: web.Request, arguments: Arguments) -> Json:
    """oauth.v2.access: tokens for a code or for a refresh token, each of which works once."""
    app = _app_of(state, request, arguments)
    if arguments.text("grant_type") == REFRESH_GRANT:
        return _refreshed(state, app, arguments.text("refresh_token"))
    code = state.codes.pop(arguments.text("code"), None)
    if code is None or code.app != app.id:
        raise SlackApiError("invalid_code")
    if arguments.text("redirect_uri") not in ("", code.redirect):
        raise SlackApiError("bad_redirect_uri")
    organization = state.organizations.get(code.team)
    if organization is not None:
        grant = _grant_organization(state, organization, app)
    else:
        grant = install(state, state.workspaces[code.team], app).grant
    return {**_granted(state, grant), "authed_user": {"id": code.member}}


def _app_of(state: State, request: web.Request, arguments: Arguments) -> App:
    client_id, secret = _client_credentials(request, arguments)
    app = next((a for a in state.apps.values() if a.client_id == client_id), None)
    if app is None:
        raise SlackApiError("invalid_client_id")
    if app.client_secret != secret:
        raise SlackApiError("bad_client_secret")
    return app


def _client_credentials(request: web.Request, arguments: Arguments) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
        except ValueError as error:
            raise SlackApiError("invalid_auth") from error
        return client_id, secret
    return arguments.text("client_id"), arguments.text("client_secret")


def _granted(state: State, grant: Grant) -> Json:
    organization = state.organizations.get(grant.team)
    workspace = state.workspaces.get(grant.team)
    shown: Json = {
        "ok": True,
        "app_id": grant.app.id,
        "scope": grant.scope_header,
        "token_type": "bot",
        "access_token": grant.token,
        "bot_user_id": grant.bot_user,
        "team": None if workspace is None else {"id": workspace.id, "name": workspace.name},
        "enterprise": None
        if organization is None
        else {"id": organization.id, "name": organization.name},
        "is_enterprise_install": organization is not None,
    }
    if grant.refresh_token:
        shown["refresh_token"] = grant.refresh_token
        shown["expires_in"] = grant.app.token_lifetime
    return shown


def _refreshed(state: State, app: App, refresh_token: str) -> Json:
    grant = next(
        (
            g
            for g in state.grants()
            if g.app is app and g.refresh_token and g.refresh_token == refresh_token
        ),
        None,
    )
    if grant is None or grant.status != "active":
        raise SlackApiError("invalid_refresh_token")
    issue(state, grant)
    return _granted(state, grant)


# Organizations


def _grant_organization(state: State, organization: Organization, app: App) -> Grant:
    found = organization.grants.get(app.id)
    if found is None:
        bot_user = state.stable_id("U", organization.id, app.id, "bot user")
        bot_id = state.stable_id("B", organization.id, app.id, "bot")
        found = Grant(app, organization.id, bot_user, bot_id)
        organization.grants[app.id] = found
    issue(state, found)
    found.status = "active"
    found.allow(app.scopes)
    for team in organization.let_in.get(app.id, {}):
        install(state, state.workspaces[team], app, grant=found)
    return found


def let_in(state: State, organization: Organization, app: App, team: str, granted: bool) -> None:
    """An admin of the organization lets its app into a workspace, or takes it out again."""
    grant = organization.grants.get(app.id)
    if grant is None:
        raise BadInputError("organization", "has not installed this app")
    if team not in organization.teams:
        raise BadInputError("workspace", "is not of this organization")
    workspace = state.workspaces[team]
    places = organization.let_in.setdefault(app.id, {})
    if granted:
        places[team] = None
        install(state, workspace, app, grant=grant)
    else:
        places.pop(team, None)
        workspace.installations = [i for i in workspace.installations if i.grant is not grant]
        for conversation in workspace.conversations.values():
            conversation.members.pop(grant.bot_user, None)
    kind = "team_access_granted" if granted else "team_access_revoked"
    _tell(state, grant, {"type": kind, "team_ids": [team], "event_ts": state.event_ts()})
    state.changes.publish("installation", team)


def uninstall_organization(state: State, organization: Organization, app: App) -> None:
    """Remove an app from a whole organization."""
    grant = organization.grants.get(app.id)
    if grant is None:
        raise BadInputError("organization", "has not installed this app")
    _tell(state, grant, {"type": "app_uninstalled", "event_ts": state.event_ts()})
    grant.status = "uninstalled"
    for team in organization.teams:
        for conversation in state.workspaces[team].conversations.values():
            conversation.members.pop(grant.bot_user, None)


def _tell(state: State, grant: Grant, event: Json) -> None:
    state.events.emit_to(grant, event)


# Methods


def auth_revoke(call: Call) -> Json:
    """auth.revoke."""
    if not call.arguments.flag("test"):
        channels.revoke(call.state, call.workspace, call.installation)
    return {"revoked": not call.arguments.flag("test")}


def auth_teams_list(call: Call) -> Json:
    """auth.teams.list: the workspaces that the token opens."""
    teams = _open_to(call.state, call.installation)
    page, cursor = page_of([{"id": w.id, "name": w.name} for w in teams], call, 100, 1000)
    return {"teams": page, "response_metadata": {"next_cursor": cursor}}


def _open_to(state: State, installation: Installation) -> list[Workspace]:
    return [
        workspace
        for workspace in state.workspaces.values()
        if any(i.grant is installation.grant for i in workspace.installations)
    ]


METHODS = {
    "auth.revoke": Method(auth_revoke, Tier.THREE),
    "auth.teams.list": Method(auth_teams_list, Tier.TWO),
}
