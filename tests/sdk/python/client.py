"""Does with the real client what the first argument says, and prints what came of it as JSON."""

import json
import os
import sys

import runpod
from runpod import Endpoint

runpod.api_key = os.environ["CLIENT_KEY"]
endpoint = Endpoint("classify")


def run_sync():
    return endpoint.run_sync({"input": {"mock_return": {"text": "grüße ☃", "n": 1.5}}}, timeout=30)


def run_and_poll():
    job = endpoint.run({"input": {"mock_return": [1, None, "two"], "mock_delay": 0.2}})
    return {"first": job.status(), "output": job.output(timeout=30), "last": job.status()}


def failure():
    output = endpoint.run_sync({"input": {"mock_error": "no luck"}}, timeout=30)
    job = endpoint.run({"input": {"mock_error": "no luck"}})
    job.output(timeout=30)
    return {"run_sync": output, "status": job.status()}


def cancel():
    job = endpoint.run({"input": {"mock_delay": 60}})
    while job.status() != "IN_PROGRESS":
        pass
    answer = job.cancel()
    after = endpoint.run_sync({"input": {"mock_return": "free again"}}, timeout=30)
    return {"answer": answer["status"], "status": job.status(), "after": after}


def stream():
    job = endpoint.run({"input": {"mock_stream": ["one", {"two": 2}, 3]}})
    return {"chunks": list(job.stream()), "output": job.output(timeout=30)}


def health():
    return endpoint.health()


def wrong_key():
    try:
        Endpoint("classify", api_key="wrong").run_sync({"input": {"a": 1}}, timeout=5)
    except RuntimeError as error:
        return str(error)


print(json.dumps(globals()[sys.argv[1]]()))
