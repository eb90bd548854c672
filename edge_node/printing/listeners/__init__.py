"""The print runner and the setting of papers."""
