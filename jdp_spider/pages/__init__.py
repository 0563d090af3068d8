"""What is known of the site: addresses, selectors, waits, and how each of them fails.

Nothing here imports Scrapy. The functions are given to scrapy-playwright as page methods, so
they are plain functions of a module, and all they wait for has a time limit.
"""
