"""The browser: which one, its pages and contexts, and what stays behind when they fail."""
