"""Who asks, as an activity tells."""

from collections.abc import Mapping
from typing import Any

from core.ids import ExternalMember, ExternalTenant, ExternalWorkspace
from core.places import Workspace
from core.ports import Asker
from integrations.teams.fields import text_at
from integrations.teams.ids import TEAMS, split_thread
from integrations.teams.office import Visit


def asker_of(
    activity: Mapping[str, Any], tenant: ExternalTenant, workspace: ExternalWorkspace
) -> Asker:
    """Whoever made an activity, and where."""
    conversation, thread = split_thread(text_at(activity, "conversation", "id"))
    return Asker(
        platform=TEAMS,
        tenant=tenant,
        workspace=workspace,
        member=ExternalMember(text_at(activity, "from", "id")),
        conversation=conversation or None,
        thread=thread,
    )


def visit_of(activity: Mapping[str, Any], workspace: Workspace) -> Visit:
    """Their visit to a workspace's office."""
    asker = asker_of(activity, workspace.tenant, workspace.external_id)
    return Visit(workspace, asker, text_at(activity, "from", "name"))
