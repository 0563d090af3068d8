"""`python -m jdp_spider.browser` prints the path of the browser that a crawl would take."""

import sys

from jdp_spider.browser.launch import main

if __name__ == "__main__":
    sys.exit(main())
