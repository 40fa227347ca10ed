"""Payloads that Slack sent, read where they lie."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def recorded_payloads(data: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every recorded or published Slack payload with a name for it."""
    for path in sorted((data / "slack").rglob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            yield path.name, content
    folder = data / "recorded"
    for path in [*folder.rglob("slack*.json"), *folder.glob("slack-multi-workspace/*.json")]:
        for name, content in json.loads(path.read_text(encoding="utf-8")).items():
            if isinstance(content, dict):
                yield f"{path.parent.name}/{path.name}:{name}", content
