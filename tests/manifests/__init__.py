"""Tests of what is committed under manifests/."""
