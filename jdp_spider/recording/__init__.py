"""The file in which a recording of the site is kept, and what can be read from it."""
