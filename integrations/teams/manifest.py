"""The app package that an admin uploads to Teams: a manifest and two icons in a zip.

"App manifest reference" on learn.microsoft.com. Made from what the code does: see
`integrations.teams.permissions`.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from core import app_words, words
from integrations.teams.permissions import PERMISSIONS, WHO_HAS_GOT_THIS

Element = dict[str, Any]

VERSION = "1.0.0"
"""Raise it with every change of the manifest: Teams takes an upload as an update only then."""

ACCENT = "#0b5c8a"
COLOUR_ICON, OUTLINE_ICON = "color.png", "outline.png"
PRIVACY_PATH, TERMS_PATH = "/privacy", "/terms"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVERYWHERE = ["team", "groupChat", "personal"]
_SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v{}/MicrosoftTeams.schema.json"
_NEWEST, _SHARED_CHANNELS_SINCE = "1.30", "1.25"
_SCHEMA_VERSIONS = {
    "public": _NEWEST,
    "gcc": _NEWEST,
    "gcch": _SHARED_CHANNELS_SINCE,
    "dod": _SHARED_CHANNELS_SINCE,
}
"""GCC High and DoD learn new versions later, so there it is the oldest that has all we need."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)


def checked_app_id(typed: str) -> str:
    """An app id as Microsoft writes it; ValueError with what to write when it is none."""
    app_id = typed.strip().lower()
    if not _GUID.fullmatch(app_id):
        raise ValueError(
            "write the bot's Microsoft App ID, such as 12345678-90ab-4cde-8f01-234567890abc; "
            "it stands in the Azure portal on the bot's page Configuration"
        )
    return app_id


def teams_manifest(address: str, app_id: str, cloud: str = "public") -> Element:
    """The manifest for the exchange at an https address, with the bot's app id.

    `cloud` is what `TEAMS_CLOUD` takes; KeyError for any other.
    """
    version = _SCHEMA_VERSIONS[cloud]
    return {
        "$schema": _SCHEMA.format(version),
        "manifestVersion": version,
        "version": VERSION,
        "id": app_id,
        "developer": {
            "name": words.NAME,
            "websiteUrl": address,
            "privacyUrl": address + PRIVACY_PATH,
            "termsOfUseUrl": address + TERMS_PATH,
        },
        "name": {"short": words.NAME, "full": words.NAME},
        "description": {"short": app_words.SHORT, "full": app_words.LONG},
        "icons": {"color": COLOUR_ICON, "outline": OUTLINE_ICON},
        "accentColor": ACCENT,
        "bots": [_bot(app_id)],
        "composeExtensions": [{"botId": app_id, "commands": [_who_has_got_this()]}],
        "permissions": ["messageTeamMembers"],
        "validDomains": [urlsplit(address).hostname or ""],
        "webApplicationInfo": {"id": app_id, "resource": address},
        "authorization": {
            "permissions": {
                "resourceSpecific": [{"name": name, "type": "Application"} for name in PERMISSIONS]
            }
        },
        "supportsChannelFeatures": "tier1",
        "defaultInstallScope": "team",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
    }


def _bot(app_id: str) -> Element:
    commands = [{"title": offer.title, "description": offer.about} for offer in app_words.OFFERS]
    commands.append({"title": words.BUTTON_SETTINGS, "description": app_words.SETTINGS_ABOUT})
    return {
        "botId": app_id,
        "scopes": _EVERYWHERE,
        "isNotificationOnly": False,
        "supportsFiles": False,
        "supportsCalling": False,
        "supportsVideo": False,
        "commandLists": [{"scopes": _EVERYWHERE, "commands": commands}],
    }


def _who_has_got_this() -> Element:
    return {
        "id": WHO_HAS_GOT_THIS,
        "type": "action",
        "context": ["message"],
        "title": words.WHO_TITLE,
        "description": app_words.WHO_ABOUT,
        "fetchTask": True,
    }


def teams_package(manifest: Element, icons: Mapping[str, bytes]) -> bytes:
    """The zip: the manifest and the icons that it names, nothing else, all at its root.

    The same manifest and icons always give the same bytes. KeyError when an icon is missing.
    """
    names = (manifest["icons"]["color"], manifest["icons"]["outline"])
    content = {"manifest.json": as_json(manifest).encode(), **{name: icons[name] for name in names}}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, data)
    return target.getvalue()


def as_json(manifest: Element) -> str:
    """The manifest as a file."""
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
