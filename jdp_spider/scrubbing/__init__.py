"""Replaces what is private in pages, scripts and reports by stand-ins of the same shape."""
