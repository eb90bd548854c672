"""The offices this minute, in figures: live states, last contacts, counts of cases."""
