"""The hub's side of the replication: hello, push, pull, checkout, blobs, live state."""
