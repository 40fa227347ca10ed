"""Workspaces come, renew what they granted, and go."""
