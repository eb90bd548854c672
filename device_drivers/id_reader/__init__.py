"""Readers of chips in passports and ID cards."""
