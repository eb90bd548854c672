"""Broken updates by the thousand: the check survives each, in time, and what it lets through yrs survives too."""
