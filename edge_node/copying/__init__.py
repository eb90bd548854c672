"""Free copies at the desk: from the scanner to the printer, counted, and nothing of them kept."""
