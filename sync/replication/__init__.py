"""How a node and the hub tell each other what happened: the wire, the identity, the engine, the loop."""
