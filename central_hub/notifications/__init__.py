"""Messages to people: written in the transaction that needs them, sent when a gateway takes them."""
