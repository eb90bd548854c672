"""Readers of printed codes."""
