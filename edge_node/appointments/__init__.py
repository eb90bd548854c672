"""The office's share of its appointments: booked by telephone and at the desk, with or without a line to the city."""
