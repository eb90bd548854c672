"""Every component of the house on a few pages, to look at; `python -m tests.support.gallery` takes the pictures."""
