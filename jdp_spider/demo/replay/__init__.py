"""A recording of the site, served as a site."""
