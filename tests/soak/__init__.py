"""The long proofs, one after the other: `make soak`, or some of them, `make soak PARTS="kills blobs"`."""
