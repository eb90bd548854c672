"""What the command lines of both apps begin with."""
