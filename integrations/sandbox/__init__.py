"""Local stand-ins for Slack and Teams, and the page that shows them side by side."""
