"""Who works here: signing in, and the log of who looked at what."""
