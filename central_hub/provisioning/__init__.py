"""Who belongs to the city: enrolment tokens, nodes, their retirement."""
