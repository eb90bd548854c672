"""The app of the city: what all offices share, and what citizens see."""
