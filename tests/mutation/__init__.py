"""Faults planted in the heart of replication one at a time: the tests must notice nearly every one."""
