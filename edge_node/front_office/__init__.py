"""The administrator's desk: take it, call visitors, serve them, send them on."""
