"""What the operator sets for Slack."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PUBLIC_API = "https://slack.com/api/"
PUBLIC_AUTHORIZE = "https://slack.com/oauth/v2/authorize"


class SlackSettings(BaseSettings):
    """Settings that begin with `SLACK_`.

    `api_url` and `authorize_url` differ on GovSlack (https://slack-gov.com/api/) and in the
    sandbox. An empty `signing_secret` closes `POST /slack/events`; `app_token` switches on Socket
    Mode.
    """

    model_config = SettingsConfigDict(env_prefix="SLACK_", env_file=".env", extra="ignore")

    signing_secret: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    api_url: str = PUBLIC_API
    authorize_url: str = PUBLIC_AUTHORIZE
