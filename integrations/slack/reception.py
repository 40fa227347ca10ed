"""Takes in what Slack sends, whichever way it came: over HTTP or a socket."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.events import Ignored, Malformed, TeamsChanged, WorkspaceTroubled
from core.ports import Intake, Registry
from integrations.slack.fields import object_in, text_in
from integrations.slack.ids import is_organization
from integrations.slack.interactions import Reply, SlackInteractions
from integrations.slack.parse import parse, received

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackReception:
    """Events go to the inbox, commands and clicks to those who answer them."""

    intake: Intake
    registry: Registry
    interactions: SlackInteractions

    async def take_event(self, payload: Mapping[str, Any]) -> Reply:
        """Keep an event and answer. An event of an unknown team is dropped with 200: were it
        refused, Slack would in the end switch off events for every city."""
        kind = text_in(object_in(payload, "event"), "type")
        if kind == "app_home_opened":
            return await self.interactions.take(payload)
        parsed = parse(payload)
        if isinstance(parsed, Malformed):
            logger.warning("Slack sent something that can't be read: %s", parsed.reason)
            return Reply(400)
        if isinstance(parsed, Ignored):
            logger.debug("Slack event ignored: %s", parsed.reason)
            return Reply(200)
        organizations = is_organization(parsed.source.tenant) and isinstance(
            parsed, TeamsChanged | WorkspaceTroubled
        )
        if not organizations and await self.registry.workspace(parsed.source) is None:
            logger.info("Slack event of unknown team %s dropped", parsed.source.tenant)
            return Reply(200)
        await self.intake.put(received(payload, parsed))
        return Reply(200)

    async def take_interaction(self, payload: Mapping[str, Any]) -> Reply:
        """Answer a command, a shortcut, a click or a form."""
        return await self.interactions.take(payload)
