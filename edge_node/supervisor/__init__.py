"""The supervisor's wallboard: desks and queues live, waits that grew too long, alarms, and who serves what."""
