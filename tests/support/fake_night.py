"""Stands for `scrapy crawl jdpower` in a night: the file script.json says how each one ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jdp_spider.job.ending import END, Ending
from jdp_spider.reasons import CloseReason, ExitStatus

script, jobdir = Path("script.json"), Path(sys.argv[-1].removeprefix("JOBDIR="))
(first, *others) = json.loads(script.read_text("utf-8"))
script.write_text(json.dumps(others), "utf-8")
names = ("JDP_ON_END", "JDP_PARENT", "JD_PASS", "JDP_PROXY")
start = {"jobdir": str(jobdir), **{name: os.environ.get(name, "") for name in names}}
with Path("starts.jsonl").open("a", encoding="utf-8") as file:
    file.write(f"{json.dumps(start)}\n")
password = sys.stdin.readline()
print(f"Crawling, password {password.strip()}", flush=True)
if first == "waits":
    print("Told:", sys.stdin.readline().strip(), flush=True)
    first = [130, "shutdown"]
if first == "killed":
    os.kill(os.getpid(), 9)
Ending(ExitStatus(first[0]), CloseReason.known(first[1])).write(jobdir / END)
sys.exit(first[0])
