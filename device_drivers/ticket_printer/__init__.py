"""Printers of queue tickets."""
