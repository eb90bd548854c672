"""The kiosk: a ticket in three touches, and the ticket's own page on the visitor's phone."""
