"""What admins install: the package for Teams, with the icons that come with the project."""

from pathlib import Path

from integrations.teams.manifest import COLOUR_ICON, OUTLINE_ICON, teams_manifest, teams_package

ICONS = Path(__file__).resolve().parents[1] / "manifests" / "icons"


def teams_app_package(address: str, app_id: str, cloud: str = "public") -> bytes:
    """The zip for Teams; reads two small files. OSError when the icons are not there."""
    icons = {name: (ICONS / name).read_bytes() for name in (COLOUR_ICON, OUTLINE_ICON)}
    return teams_package(teams_manifest(address, app_id, cloud), icons)
