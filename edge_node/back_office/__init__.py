"""A case on its way: hand-over, the provider's decision, the result, its issue."""
