"""Services and offices as the hub publishes them, each version kept."""
