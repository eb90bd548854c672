"""Registrars of cash operations."""
