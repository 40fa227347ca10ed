"""What a look at a workspace or a conversation finds, and what a platform does to look."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.channels import Trouble
from core.places import Workspace
from core.ports import Destination


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: `trouble` keeps everything from arriving. `missing` are permissions that are
    not there any more, in the platform's own words; without them some things don't work."""

    trouble: Trouble | None = None
    missing: tuple[str, ...] = ()


@runtime_checkable
class SupportsCheckUp(Protocol):
    """The platform can be asked how things stand, without anybody there seeing it.

    What can't be told for sure (no answer, an answer nobody knows) fails with `CallFailed`: it is
    neither trouble nor the end of one.
    """

    async def check_workspace(self, workspace: Workspace) -> Finding:
        """Whether our bot is let into the workspace, and with which permissions."""
        ...

    async def check_conversation(self, destination: Destination) -> Finding:
        """Whether our bot can write in the conversation."""
        ...
