"""The board over the hall: who is called, to which desk."""
