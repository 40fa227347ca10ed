"""What the operator of a story's exchange has set for the platforms."""

from pydantic import SecretStr

from integrations.sandbox.slack.app import SlackStandIn
from integrations.slack.settings import SlackSettings
from integrations.teams.settings import TeamsSettings
from service.platforms import PlatformSettings
from tests.support.city_seeds import SIGNING_SECRET


def platform_settings(slack: SlackStandIn) -> PlatformSettings:
    """Our app as this Slack knows it, and Teams without authentication."""
    app = slack.app_named("A0EXCHANGE1")
    return PlatformSettings(
        slack=SlackSettings(
            signing_secret=SecretStr(SIGNING_SECRET),
            client_id=app.client_id,
            client_secret=SecretStr(app.client_secret),
            api_url=slack.api_url,
            authorize_url=f"{slack.base_url}/oauth/v2/authorize",
        ),
        teams=TeamsSettings.model_validate({}),
    )
