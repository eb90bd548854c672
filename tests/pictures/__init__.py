"""``python -m tests.pictures FOLDER``: every page in both languages and every print, as pictures for looking at."""
