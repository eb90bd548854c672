"""The authority on offices, services and staff; and the log of who looked at what."""
