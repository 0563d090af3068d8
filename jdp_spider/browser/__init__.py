"""The browser: which one, its pages and contexts, and the snapshots of pages that failed."""
