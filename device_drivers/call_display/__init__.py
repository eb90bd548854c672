"""Lamps and digits over a desk."""
