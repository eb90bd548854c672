"""Figures of the hall: waits, receptions, who left, by sphere, desk, administrator, hour, day; made of the log."""
