"""What arrives: events are taken from the inbox, prepared, decided, and written."""
