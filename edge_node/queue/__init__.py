"""The live queue of one office: desks, tickets, calls and the log of why each call was made."""
