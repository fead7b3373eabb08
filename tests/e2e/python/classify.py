"""Classifies the image that the first argument names with the real client, and prints the output as JSON."""

import base64
import json
import os
import sys

import runpod
from runpod import Endpoint

runpod.api_key = os.environ["RUNPOD_API_KEY"]

with open(sys.argv[1], "rb") as page:
    url = "data:image/png;base64," + base64.b64encode(page.read()).decode()
print(json.dumps(Endpoint("classify").run_sync({"input": {"image_urls": [url]}}, timeout=90)))
