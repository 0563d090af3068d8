"""Extensions: they report, and see that a run ends."""

from jdp_spider.extensions.keep_awake import KeepAwake
from jdp_spider.extensions.last_run import KeepLastRun
from jdp_spider.extensions.progress import Progress
from jdp_spider.extensions.run_log import RunLog
from jdp_spider.extensions.run_report import RunReport
from jdp_spider.extensions.stop_file import StopFile
from jdp_spider.extensions.supervisor import ParentsWord
from jdp_spider.extensions.watchdog import Watchdog

__all__ = [
    "KeepAwake",
    "KeepLastRun",
    "ParentsWord",
    "Progress",
    "RunLog",
    "RunReport",
    "StopFile",
    "Watchdog",
]
