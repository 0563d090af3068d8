"""A night's work without anybody: the crawl, its further tries, what is removed after it."""
