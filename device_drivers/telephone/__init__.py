"""Telephones on a desk."""
