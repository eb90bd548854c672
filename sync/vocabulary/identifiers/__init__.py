"""Numbers and names of people, bodies and papers: each checked, normalised, refused by field and rule."""
