"""Machines that take coins and notes."""
