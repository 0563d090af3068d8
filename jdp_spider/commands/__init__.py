"""Own commands of Scrapy."""
