"""The learned waiting time: what one queue did, as numbers; trees that turn them into minutes; a range kept honest."""
