"""Downloads one bookout report per vehicle from J.D. Power Values Online."""

from jdp_spider.utils.console import open_missing_streams

# Before anything opens a file.
open_missing_streams()
