"""The voice of the hall: every call spoken, never in the way of the call itself."""
