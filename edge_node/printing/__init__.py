"""Printing: a paper is ordered in the transaction that it states, journaled, sent once, never repeated by itself."""
