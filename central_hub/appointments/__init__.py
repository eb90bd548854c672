"""The hub's share of the offices' appointments: opening days, booking, giving seats away and taking them back."""
