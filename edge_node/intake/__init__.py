"""Taking a case in: the applicant, the service, the papers, the fee, the number."""
