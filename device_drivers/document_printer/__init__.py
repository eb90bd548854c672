"""Office printers for A4."""
