"""The archive: scans of a case under the hash of their bytes, and what is kept of it after it is closed."""
