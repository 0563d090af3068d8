"""The page to work from: a server for one user's own browser. It imports no Scrapy.

It owns no truth: what it shows is read from the files of jobs and accounts, and what it starts are
the same commands that are typed in a terminal.
"""
