"""What the public pages offer, from what the operator has set."""

from functools import partial

from core import page_words as words
from integrations.common.hosts import is_loopback_url
from integrations.slack.settings import SlackSettings
from integrations.teams.manifest import checked_app_id
from integrations.teams.settings import TeamsSettings
from integrations.web.install_pages import SlackPage, TeamsPage
from integrations.web.legal_pages import LegalPages
from integrations.web.site import SitePages
from service.app_packages import teams_app_package
from service.platforms import PlatformSettings
from service.settings import ExchangeSettings

_ADMIN_CENTERS = {
    "public": "https://admin.teams.microsoft.com",
    "gcc": "https://admin.teams.microsoft.com",
    "gcch": "https://admin.gov.teams.microsoft.us",
    "dod": "https://admin.dod.teams.microsoft.us",
}


def public_site(
    settings: ExchangeSettings, platforms: PlatformSettings, base_url: str
) -> SitePages:
    """The pages; what is not set up says what to set. `base_url` is where browsers reach us."""
    teams = platforms.teams
    missing = _teams_missing(teams, base_url)
    package = partial(teams_app_package, base_url, teams.app_id.strip().lower(), teams.cloud)
    return SitePages(
        slack=SlackPage(_slack_missing(platforms.slack)),
        teams=TeamsPage(_ADMIN_CENTERS[teams.cloud], missing),
        legal=LegalPages(settings.operator_name, settings.operator_contact),
        package=None if missing else package,
    )


def _slack_missing(settings: SlackSettings) -> tuple[str, ...]:
    given = {
        "SLACK_CLIENT_ID": settings.client_id,
        "SLACK_CLIENT_SECRET": settings.client_secret.get_secret_value(),
    }
    return tuple(name for name, value in given.items() if not value)


def _teams_missing(settings: TeamsSettings, base_url: str) -> tuple[str, ...]:
    public = base_url.startswith("https://") and not is_loopback_url(base_url)
    needed = {words.TEAMS_NEEDS_ID: _is_app_id(settings.app_id), words.TEAMS_NEEDS_ADDRESS: public}
    return tuple(name for name, there in needed.items() if not there)


def _is_app_id(app_id: str) -> bool:
    try:
        checked_app_id(app_id)
    except ValueError:
        return False
    return True
