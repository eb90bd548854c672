"""Bank terminals for cards."""
