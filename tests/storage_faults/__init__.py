"""The write path over disks that fail: power cuts between any two writes, kills, full and broken disks."""
