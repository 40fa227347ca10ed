"""The platforms and services the exchange talks to, one folder each."""
