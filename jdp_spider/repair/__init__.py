"""Finds again what the site has renamed or moved, tries it, and believes it only when it works.

Pure are `elements`, `barred`, `words`, `similarity` and `candidates`; `walk` goes through the site.
"""
