"""The one login that all contexts share, and what protects the site and the run."""
