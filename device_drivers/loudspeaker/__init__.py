"""The voice of the hall."""
