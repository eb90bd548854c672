"""A seeded city in virtual time: real stores, the real engine, the real gateway, and a network that misbehaves."""
