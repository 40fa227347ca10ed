"""Making apps, workspaces, members and channels, one by one or from a seed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.sandbox.slack.model import (
    App,
    Conversation,
    Grant,
    Installation,
    Json,
    Member,
    Organization,
    Workspace,
)
from integrations.sandbox.slack.state import (
    State,
    member_named,
    workspace_named,
)
from integrations.sandbox.world import BadInputError

MOST_LIVE_TOKENS = 2
COLOURS = ("#3b5b7a", "#7a4b3b", "#3b7a55", "#6a3b7a", "#7a6a3b", "#3b747a")


def portrait(name: str) -> str:
    """A picture with a person's initials, as a data address, so that nothing is fetched."""
    initials = "".join(part[0] for part in name.split()[:2] if part).upper() or "?"
    colour = COLOURS[sum(map(ord, name)) % len(COLOURS)]
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='72' height='72'>"
        f"<rect width='72' height='72' fill='{colour}'/><text x='36' y='47' font-size='30' "
        "font-family='sans-serif' fill='#fff' text-anchor='middle'>"
        f"{quote(initials)}</text></svg>"
    )
    return "data:image/svg+xml," + quote(drawing, safe=" =:/'%")


def add_app(state: State, given: Json) -> App:
    """Make an app; ids and secrets may be given. Raises BadInputError."""
    name = _text(given, "name", "Mayoral Exchange")
    app = App(
        id=_text(given, "id") or state.stable_id("A", name),
        name=name,
        signing_secret=_text(given, "signing_secret") or state.new_secret(),
        client_id=_text(given, "client_id") or f"1000.{len(state.apps) + 1}",
        client_secret=_text(given, "client_secret") or state.new_secret(),
        verification_token=_text(given, "verification_token") or state.new_secret(),
    )
    if app.id in state.apps:
        raise BadInputError("id", "is already an app here")
    state.apps[app.id] = app
    change_app(app, given)
    return app


def change_app(app: App, given: Json) -> None:
    """Apply the app's changeable settings. Raises BadInputError."""
    for name in ("signing_secret", "events_url", "interactivity_url", "app_token", "scopes"):
        if name in given:
            setattr(app, name, _text(given, name))
    for name in ("socket_mode", "unlisted", "token_rotation"):
        if name in given:
            if not isinstance(given[name], bool):
                raise BadInputError(name, "must be true or false")
            setattr(app, name, given[name])
    if "commands" in given:
        named = given["commands"]
        app.commands = named if isinstance(named, dict) else dict.fromkeys(named, "")
    if "shortcuts" in given:
        app.shortcuts = list(given["shortcuts"])
    if "events" in given:
        app.events = None if given["events"] is None else frozenset(given["events"])
    for name in {"events_in_flight", "token_lifetime"} & given.keys():
        setattr(app, name, int(given[name]))


def add_workspace(state: State, given: Json) -> Workspace:
    """Make a workspace with a #general channel. Raises BadInputError."""
    name = _text(given, "name")
    if not name:
        raise BadInputError("name", "must be given")
    domain = _text(given, "domain") or "".join(c if c.isalnum() else "-" for c in name.lower())
    made = Workspace(_text(given, "id") or state.stable_id("T", name), name, domain)
    if made.id in state.workspaces:
        raise BadInputError("id", "is already a workspace here")
    made.icon = _text(given, "icon") or portrait(name)
    made.emoji = dict(given.get("emoji") or {})
    made.groups = list(given.get("usergroups") or [])
    state.workspaces[made.id] = made
    state.changes.publish("workspace", made.id)
    return made


def add_member(state: State, workspace: Workspace, given: Json) -> Member:
    """Add a person. Raises BadInputError."""
    real_name = _text(given, "real_name") or _text(given, "name")
    if not real_name:
        raise BadInputError("real_name", "must be given")
    name = _text(given, "name") or real_name.lower().replace(" ", ".")
    made = Member(
        id=_text(given, "id") or state.stable_id("U", workspace.id, name),
        name=name,
        real_name=real_name,
        title=_text(given, "title"),
        email=_text(given, "email") or f"{name}@{workspace.domain}.example",
        image=_text(given, "image") or portrait(real_name),
        admin=given.get("admin") is True,
        owner=given.get("owner") is True,
        zone=_text(given, "tz") or "America/New_York",
        updated=state.seconds(),
    )
    if made.id in workspace.members:
        raise BadInputError("name", "is already a member here")
    workspace.members[made.id] = made
    state.changes.publish("member", workspace.id, member=made.id)
    return made


def add_channel(state: State, workspace: Workspace, given: Json) -> Conversation:
    """Add a channel; without `members` everyone is in, bots only when named or `bots` is true."""
    name = _text(given, "name").removeprefix("#")
    if not name:
        raise BadInputError("name", "must be given")
    kind = _text(given, "kind", "public")
    if kind not in {"public", "private", "mpim"}:
        raise BadInputError("kind", "must be public, private or mpim")
    made = Conversation(
        _text(given, "id") or state.stable_id("C", workspace.id, name), name, kind, state.seconds()
    )
    made.topic = _text(given, "topic")
    made.purpose = _text(given, "purpose")
    made.general = name == "general"
    named = given.get("members")
    people = (
        [member_named(workspace, m, "members") for m in named]
        if named is not None
        else [m for m in workspace.members.values() if not m.bot]
    )
    made.members = {m.id: None for m in people}
    if given.get("bots"):
        made.members.update({i.bot_user: None for i in workspace.installations if i.active})
    made.creator = next(iter(made.members), "")
    if made.id in workspace.conversations:
        raise BadInputError("name", "is already a channel here")
    workspace.conversations[made.id] = made
    state.changes.publish("conversation", workspace.id, made.id)
    return made


def install(
    state: State, workspace: Workspace, app: App, token: str = "", grant: Grant | None = None
) -> Installation:
    """Install an app, or install it again: the bot user stays, the token is new. With a `grant`,
    it is the organization's, and so is its token."""
    found = workspace.installation_of(app.id)
    if grant is None:
        own = found is not None and not found.organization
        grant = found.grant if found is not None and own else _new_grant(state, workspace, app)
        issue(state, grant, token)
        grant.status = "active"
        grant.allow(app.scopes)
    if found is None:
        found = Installation(grant, workspace.id)
        workspace.installations.append(found)
    found.grant = grant
    if grant.bot_user not in workspace.members:
        workspace.members[grant.bot_user] = _bot_member(state, grant)
    state.changes.publish("installation", workspace.id)
    return found


def issue(state: State, grant: Grant, token: str = "") -> None:
    """Give a grant its next token; with rotation the one before stays good until it ends
    (docs.slack.dev/authentication/using-token-rotation)."""
    app = grant.app
    prefix = "xoxe.xoxb-1-" if app.token_rotation else "xoxb-"
    grant.token = token or f"{prefix}{grant.team}-{state.new_secret()}"
    ends, kept = None, dict[str, datetime | None]()
    if app.token_rotation:
        ends = state.clock() + timedelta(seconds=app.token_lifetime)
        kept = dict(list(grant.live.items())[1 - MOST_LIVE_TOKENS :])
    grant.live = {**kept, grant.token: ends}
    grant.refresh_token = f"xoxe-1-{state.new_secret()}" if app.token_rotation else ""
    state.tokens[grant.token] = grant


def _new_grant(state: State, workspace: Workspace, app: App) -> Grant:
    bot_user = state.stable_id("U", workspace.id, app.id, "bot user")
    return Grant(app, workspace.id, bot_user, state.stable_id("B", workspace.id, app.id, "bot"))


def _bot_member(state: State, grant: Grant) -> Member:
    return Member(
        id=grant.bot_user,
        name=grant.app.name.lower().replace(" ", "_"),
        real_name=grant.app.name,
        image=portrait(grant.app.name),
        bot=True,
        app_id=grant.app.id,
        bot_id=grant.bot_id,
        updated=state.seconds(),
    )


def add_organization(state: State, given: Json) -> Organization:
    """Join workspaces to an organization. Raises BadInputError."""
    name = _text(given, "name")
    teams = tuple(workspace_named(state, team).id for team in given.get("workspaces") or ())
    if not name or not teams:
        raise BadInputError("name" if not name else "workspaces", "must be given")
    made = Organization(_text(given, "id") or state.stable_id("E", name), name, teams)
    state.organizations[made.id] = made
    return made


def load(state: State, seed: Json) -> None:
    """Fill the state from a seed: `{"apps": […], "workspaces": […]}`. Raises BadInputError."""
    for given in seed.get("apps", []):
        add_app(state, given)
    for given in seed.get("workspaces", []):
        workspace = add_workspace(state, given)
        for member in given.get("members", []):
            add_member(state, workspace, member)
        for wanted in given.get("installations", []):
            app = state.apps.get(str(wanted.get("app"))) or next(iter(state.apps.values()), None)
            if app is None:
                raise BadInputError("installations", "need an app in the seed")
            install(state, workspace, app, _text(wanted, "token"))
        for channel in given.get("channels", []):
            add_channel(state, workspace, channel)
    for given in seed.get("organizations", []):
        add_organization(state, given)


def add(state: State, given: Json) -> Json:
    """`POST /control/add`: `kind` is app, workspace, organization, member, channel or installation;
    the rest describes it. Answers its id. Raises BadInputError."""
    kind = given.get("kind")
    if kind == "app":
        return {"id": add_app(state, given).id}
    if kind == "workspace":
        return {"id": add_workspace(state, given).id}
    if kind == "organization":
        return {"id": add_organization(state, given).id}
    workspace = workspace_named(state, given.get("workspace"))
    if kind == "member":
        return {"id": add_member(state, workspace, given).id}
    if kind == "channel":
        private = given.get("private") is True
        described = {**given, "kind": "private" if private else "public"}
        return {"id": add_channel(state, workspace, described).id}
    if kind == "installation":
        app = state.apps.get(str(given.get("app"))) or next(iter(state.apps.values()), None)
        if app is None:
            raise BadInputError("app", "is not an app of this stand-in")
        made = install(state, workspace, app, _text(given, "token"))
        return {"id": made.bot_id, "token": made.token, "bot_user": made.bot_user}
    raise BadInputError(
        "kind", "must be app, workspace, organization, member, channel or installation"
    )


def _text(given: Json, name: str, default: str = "") -> str:
    value: Any = given.get(name, default)
    if not isinstance(value, str):
        raise BadInputError(name, "must be text")
    return value
