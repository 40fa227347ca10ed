"""The app manifest that an admin pastes into Slack (docs.slack.dev/reference/app-manifest).

Made from what the code does: see `integrations.slack.scopes`.
"""

from typing import Any

from core import app_words, words
from core.words import Request
from integrations.slack.scopes import (
    BOT_EVENTS,
    COMMAND,
    NOT_ON_GOV,
    WHO_HAS_GOT_THIS,
    asked_scopes,
)

Element = dict[str, Any]

EVENTS_PATH = "/slack/events"
REDIRECT_PATH = "/slack/oauth_redirect"

BACKGROUND = "#0b5c8a"
"""Dark enough for the white letters that Slack puts on it."""


def slack_manifest(
    address: str, *, socket_mode: bool = False, gov: bool = False, own_app: bool = False
) -> Element:
    """The manifest for the exchange at an https address, which only `socket_mode` can do without.

    `own_app` is for one workspace whose token is pasted by hand: nothing could renew a token that
    expires, so rotation stays off, and there is no installation by OAuth. `gov` leaves out what
    GovSlack does not have. Raises ValueError without an address that is needed.
    """
    if not address and not socket_mode:
        raise ValueError("Slack needs an address to send to, or Socket Mode")
    by_hand = own_app or not address
    left_out = NOT_ON_GOV if gov else frozenset[str]()
    events_url = "" if socket_mode else address + EVENTS_PATH
    features = {name: made for name, made in _features(events_url).items() if name not in left_out}
    redirects = {} if by_hand else {"redirect_urls": [address + REDIRECT_PATH]}
    return {
        "display_information": {
            "name": words.NAME,
            "description": app_words.SHORT,
            "background_color": BACKGROUND,
            "long_description": app_words.LONG,
        },
        "features": features,
        "oauth_config": {**redirects, "scopes": {"bot": asked_scopes(gov=gov)}},
        "settings": {
            "event_subscriptions": {**_url("request_url", events_url), "bot_events": [*BOT_EVENTS]},
            "interactivity": {
                "is_enabled": True,
                **_url("request_url", events_url),
                **_url("message_menu_options_url", events_url),
            },
            "org_deploy_enabled": not by_hand,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": not by_hand,
        },
    }


def _features(events_url: str) -> Element:
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "agent_view": {
            "agent_description": app_words.AGENT,
            "suggested_prompts": [
                {"title": offer.title, "message": offer.title} for offer in app_words.OFFERS[:4]
            ],
        },
        "bot_user": {"display_name": words.NAME, "always_online": True},
        "shortcuts": [
            {
                "name": words.WHO_TITLE,
                "type": "message",
                "callback_id": WHO_HAS_GOT_THIS,
                "description": app_words.WHO_ABOUT,
            }
        ],
        "slash_commands": [
            {
                "command": COMMAND,
                **_url("url", events_url),
                "description": app_words.SLASH,
                "usage_hint": f"[{' | '.join(_hints())}]",
                "should_escape": False,
            }
        ],
    }


def _hints() -> list[str]:
    said = {offer.request: offer.request.value for offer in app_words.OFFERS}
    return [word for request, word in said.items() if request is not Request.MENU]


def _url(name: str, url: str) -> dict[str, str]:
    return {name: url} if url else {}
