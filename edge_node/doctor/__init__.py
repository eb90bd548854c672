"""What `edge-node doctor` looks at: each check says what is and what to do."""
