"""A workspace, as commands show it."""

from typing import TYPE_CHECKING, Any

from core.places import City, Workspace

if TYPE_CHECKING:
    from storage.unit import Unit


async def city_of(unit: "Unit", workspace: Workspace) -> City | None:
    """The workspace's city, if it has one."""
    return await unit.cities.get(workspace.city) if workspace.city else None


def label(city: City | None) -> str:
    """The city as people read it."""
    return city.label if city else "no city"


def with_city(workspace: Workspace, city: City | None) -> str:
    """A workspace's name, and its city's where that says more."""
    return workspace.name if workspace.name == label(city) else f"{workspace.name} ({label(city)})"


def as_thing(workspace: Workspace, city: City | None) -> dict[str, Any]:
    """A workspace for JSON. Never holds its token."""
    seen = workspace.last_event_at
    return {
        "id": workspace.id,
        "platform": workspace.platform,
        "external_id": workspace.external_id,
        "tenant": workspace.tenant,
        "name": workspace.name,
        "city": workspace.city,
        "city_name": label(city),
        "state": workspace.state.value,
        "api_url": workspace.api_url,
        "last_event_at": seen.isoformat() if seen else None,
    }
