"""The city at a glance: every office live, the cases of the day, one case's path sheet."""
