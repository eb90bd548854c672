"""A day of one city, driven through the HTTP interfaces of running nodes: real ticket files or a generated day."""
