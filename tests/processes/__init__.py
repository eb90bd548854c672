"""Real processes under load: lines that fail, disks that fill, kill -9 at any moment."""
