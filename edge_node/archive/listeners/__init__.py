"""What the archive does beside the pages."""
