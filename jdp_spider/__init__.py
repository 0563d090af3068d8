"""Downloads one bookout report per vehicle from J.D. Power Values Online."""

from jdp_spider.utils.console import end_plainly_when_interrupted, open_missing_streams

# Before anything opens a file.
open_missing_streams()
# Before anything else is imported.
end_plainly_when_interrupted()
