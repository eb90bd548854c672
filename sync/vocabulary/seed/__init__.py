"""The demonstration catalogue as package data: public facts, not proof-read by a lawyer, shown as unverified."""
