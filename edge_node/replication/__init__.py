"""The line to the hub: what comes in becomes pages, what is live goes out, and everybody sees where it stands."""
