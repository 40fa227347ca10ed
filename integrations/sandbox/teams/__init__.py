"""A local stand-in for Microsoft Teams: the Bot Connector, Graph history, and people."""
