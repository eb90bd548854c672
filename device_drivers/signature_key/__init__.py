"""Keys for qualified electronic signatures."""
