"""Every kind of id, told apart by the type checker.

Numbers are ours and are made by storage alone. `External…` ids are a platform's own words: only
that platform's `ids` module makes or takes them apart, everyone else hands them on as they are.
"""

from typing import NewType

PlatformName = NewType("PlatformName", str)

CityId = NewType("CityId", str)
"""The Census GEOID of a place, for example 2507000 for Boston, MA."""

WorkspaceId = NewType("WorkspaceId", int)
MemberId = NewType("MemberId", int)
ChannelId = NewType("ChannelId", int)
LinkId = NewType("LinkId", int)
PostId = NewType("PostId", int)
CopyId = NewType("CopyId", int)
DeliveryId = NewType("DeliveryId", int)
InboxId = NewType("InboxId", int)
FileId = NewType("FileId", int)
NodeId = NewType("NodeId", str)
"""One running `serve` process, new at each start."""

ExternalWorkspace = NewType("ExternalWorkspace", str)
"""What a platform calls one workspace: a Slack team id, or a Teams tenant and team."""

ExternalTenant = NewType("ExternalTenant", str)
"""Within which a platform's other ids are unique: a Slack team id, or a Teams (Entra) tenant id."""

ExternalConversation = NewType("ExternalConversation", str)
ExternalMessage = NewType("ExternalMessage", str)
ExternalMember = NewType("ExternalMember", str)
ExternalFile = NewType("ExternalFile", str)

EventKey = NewType("EventKey", str)
"""What makes one platform event the same when it is delivered again."""

Lane = NewType("Lane", str)
"""One conversation of one workspace: within a lane everything stays in order."""

Marker = NewType("Marker", str)
"""Our own mark on a message that we send, by which we find it again."""
