"""What anybody may read: services, offices, people waiting now, and where one's own case stands."""
