"""Tests of the Slack integration."""
