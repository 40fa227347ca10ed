"""A local stand-in for Slack: Web API, Events API, interactivity and Socket Mode."""
