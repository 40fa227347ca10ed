"""Writes the samples beside this file anew: `python -m manifests.samples`.

A test compares them with what is made now, so a changed scope shows in the diff.
"""

import json
from pathlib import Path

from integrations.common.yaml_text import as_yaml
from integrations.slack.manifest import slack_manifest
from integrations.teams.manifest import as_json, teams_manifest

FOLDER = Path(__file__).resolve().parent
ADDRESS = "https://exchange.example.gov"
APP_ID = "12345678-90ab-4cde-8f01-234567890abc"


def samples() -> dict[str, str]:
    """Every sample by its path in this folder."""
    public = slack_manifest(ADDRESS)
    return {
        "slack/manifest.yaml": as_yaml(public),
        "slack/manifest.json": json.dumps(public, ensure_ascii=False, indent=2) + "\n",
        "slack/socket-mode.yaml": as_yaml(slack_manifest("", socket_mode=True)),
        "slack/govslack.yaml": as_yaml(slack_manifest(ADDRESS, gov=True)),
        "slack/own-app.yaml": as_yaml(slack_manifest(ADDRESS, own_app=True)),
        "teams/manifest.json": as_json(teams_manifest(ADDRESS, APP_ID)),
        "teams/manifest-gcc-high-and-dod.json": as_json(teams_manifest(ADDRESS, APP_ID, "gcch")),
    }


if __name__ == "__main__":
    for name, text in samples().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
