"""Stands for `scrapy crawl jdpower`: what it does is said by the name of its user."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path

from jdp_spider.group.folders import AccountFolder
from tests.support.account_builder import write_books

user, place = os.environ["JD_USER"], AccountFolder(Path(os.environ["DOWNLOAD_FOLDER"]))
with (place.path / "starts.jsonl").open("a") as file:
    file.write(json.dumps({"argv": sys.argv[1:], "environment": dict(os.environ)}) + "\n")
print("Starting", flush=True)
if "password" in os.environ.get("JDP_PARENT", ""):
    # What it says is written nowhere but as a hash.
    told = sys.stdin.readline().encode()
    print("Password:", hashlib.sha256(told).hexdigest(), flush=True)
if user == "good":
    write_books(place, {"165548": "saved"})
    sys.exit(0)
if user == "bad":
    sys.exit(4)
if user == "crash":
    os.kill(os.getpid(), 9)
if user == "stubborn":
    time.sleep(60)
# Goes on until it is told to end, or nobody is there any more.
line = sys.stdin.readline()
print(f"Told: {line.strip()!r}", flush=True)
sys.exit(130)
