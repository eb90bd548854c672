"""The city's view of cases: finding them, their path sheets, their counts."""
