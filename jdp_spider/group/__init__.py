"""Several accounts: on one machine (`scrapy crawlgroup`), or on many."""
