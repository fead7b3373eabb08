"""The echo worker on the real SDK: the same inputs, the same behaviour as shared/runpod/examples/echo_worker.rs."""

import asyncio
import sys

import runpod


async def prepare(job):
    work = job["input"]
    progress = work.get("mock_progress")
    if progress:
        for update in range(progress["updates"]):
            runpod.serverless.progress_update(job, f"Update {update}")
            await asyncio.sleep(progress.get("wait_time", 0))
    return work


async def finish(work):
    await asyncio.sleep(work.get("mock_delay", 0))
    if "mock_error" in work:
        raise Exception(work["mock_error"])


async def handler(job):
    work = await prepare(job)
    await finish(work)
    return work.get("mock_return")


async def generator(job):
    work = await prepare(job)
    for chunk in work.get("mock_stream", []):
        yield chunk
    await finish(work)


runpod.serverless.start(
    {
        "handler": generator if "--generator" in sys.argv else handler,
        "return_aggregate_stream": "--return_aggregate_stream" in sys.argv,
    }
)
