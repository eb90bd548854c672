"""The technician's page: devices, papers that need a person, disk, the line to the city; no personal data."""
