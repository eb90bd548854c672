"""Printers, scanners, payment terminals, loudspeakers: usable without the app."""
