"""Pure types and rules of the office: no clock, no disk, no network."""
