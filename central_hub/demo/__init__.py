"""A whole city on one machine: hub, three offices, their simulated devices, and lines that can be cut."""
