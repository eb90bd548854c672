"""What both apps must agree on: vocabulary, documents, storage, replication, web basics."""
