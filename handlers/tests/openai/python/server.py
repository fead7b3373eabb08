"""A model server to be started by the worker: `server.py FOLDER PORT BEHAVIOUR`.

FOLDER/pids gets a line of process ids for each start. BEHAVIOUR:
serves      answers every request
dies-once   dies of the first request, and serves when it is started again
hangs-once  dies of the first request, never listens when it is started again, and serves after that
silent      starts and never listens
fails       ends at once
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import time

folder, port, behaviour = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
pids = folder / "pids"
starts_before = len(pids.read_text().splitlines()) if pids.exists() else 0
# Stands for the process that holds a GPU.
helper = subprocess.Popen(["sleep", "600"])
with pids.open("a") as file:
    file.write(f"{os.getpid()} {helper.pid}\n")
if behaviour == "fails":
    sys.exit("no such flag")
if behaviour == "silent" or (behaviour == "hangs-once" and starts_before == 1):
    time.sleep(600)


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        self.answer("application/json", json.dumps({"data": [{"id": "own"}]}))

    def do_POST(self):
        if behaviour in ("dies-once", "hangs-once") and starts_before == 0:
            os._exit(3)
        self.rfile.read(int(self.headers["Content-Length"]))
        chunk = {"choices": [{"index": 0, "delta": {"content": "{}"}, "finish_reason": "stop"}]}
        self.answer("text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
