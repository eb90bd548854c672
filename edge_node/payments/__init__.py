"""Payments: the ledger of charges on bank terminals; money that moved is one event of its case, told once."""
