"""The node's view of cases: registering, recording steps, finding, and who may see which."""
