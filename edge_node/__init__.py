"""The app of one office: it goes on working when the line to the city is cut."""
