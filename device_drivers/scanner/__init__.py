"""Document scanners."""
