#!/usr/bin/env python3
"""Measures the gateway beside nginx and beside no proxy at all, on one machine with two cores.

The proxy has core 0 for itself; the platform behind it and the load generator share core 1. Each pass runs all three in a
rotated order; the table shows the median and the range over the passes. Needs nginx and wrk.

    cargo build --profile dist -p gateway --bin gateway --example bench_platform
    bench/gateway/run.py target/dist [--passes 5] [--seconds 5]
"""

import argparse
import asyncio
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import tempfile
import time

KEY = "bench-key"
PLATFORM, SLOW_PLATFORM = 18181, 18182
PORTS = {"direct": PLATFORM, "nginx": 18183, "gateway": 18184}
SLOW_GATEWAY = 18185

NGINX = """
{user}worker_processes 1; daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_max_body_size 20m; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  map $http_x_api_key $known {{ default 0; "{key}" 1; }}
  limit_req_zone $http_x_api_key zone=keys:1m rate=1000000r/s;
  upstream platform {{ server 127.0.0.1:{platform}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 1000000;
    location / {{
      if ($known = 0) {{ return 401; }}
      limit_req zone=keys burst=100000 nodelay;
      proxy_pass http://platform; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""

WRK = """
wrk.method = "POST"
wrk.headers["X-API-Key"] = "{key}"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {{"requests":%d,"seconds":%f,"errors":%d,"mean_us":%f,"p50_us":%d,"p99_us":%d}}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency.mean, latency:percentile(50), latency:percentile(99)))
end
"""


def pinned(core, command, **kwargs):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **kwargs)


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


def family(pid):
    """The process and its children: nginx works in a child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        for task in pathlib.Path(f"/proc/{member}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def load(script, port, connections, seconds):
    url = f"http://127.0.0.1:{port}/v1/classify"
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def measure(name, pid, scripts, seconds):
    row = {}
    for kind, connections in (("small", 32), ("one client", 1), ("4 MB", 4)):
        script = scripts["large" if kind == "4 MB" else "small"]
        before = cpu_seconds(pid) if pid else 0
        result = load(script, PORTS[name], connections, seconds)
        used = (cpu_seconds(pid) if pid else 0) - before
        row[kind] = {
            "req/s": result["requests"] / result["seconds"],
            "CPU us": used / max(result["requests"], 1) * 1e6,
            "mean us": result["mean_us"],
            "p99 us": result["p99_us"],
            "errors": result["errors"],
        }
    return row


async def hold(port, body, count):
    """Sends `count` bodies at once and waits for all answers."""
    head = (f"POST /v1/classify HTTP/1.1\r\nHost: h\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n").encode()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + body)
        answer = await reader.read()
        writer.close()
        assert b" 200 " in answer[:20], answer[:200]

    await asyncio.gather(*(one() for _ in range(count)))


def memory(pid, body, count):
    """Peak resident bytes per byte of body held, and the share that is left 5 s later."""
    idle = resident(pid)
    peak = idle

    async def watched():
        nonlocal peak
        work = asyncio.create_task(hold(SLOW_GATEWAY, body, count))
        while not work.done():
            peak = max(peak, resident(pid))
            await asyncio.sleep(0.02)
        await work

    asyncio.run(watched())
    time.sleep(5)
    held = len(body) * count
    return {"per byte": (peak - idle) / held, "left after 5 s": (resident(pid) - idle) / held, "idle MB": idle / 1e6}


def show(rows):
    for kind in ("small", "one client", "4 MB"):
        print(f"\n{kind}")
        for name, passes in rows.items():
            cells = []
            for column in ("req/s", "CPU us", "mean us", "p99 us", "errors"):
                values = [row[kind][column] for row in passes]
                cells.append(f"{column} {statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})")
            print(f"  {name:8}", "  ".join(cells))


def gateway(programs, port, platform, log):
    env = {"GATEWAY_API_KEY": KEY, "RUNPOD_API_KEY": "k", "RUNPOD_CLASSIFY_ENDPOINT": "c", "RUNPOD_EXTRACT_ENDPOINT": "e",
           "RUNPOD_ENDPOINT_BASE_URL": f"http://127.0.0.1:{platform}/v2", "HOST": "127.0.0.1", "PORT": str(port),
           "RATE_LIMIT_REQUESTS": "1000000", "RATE_LIMIT_WINDOW": "1"}
    return pinned(0, [programs / "gateway"], env={**os.environ, **env}, stderr=log)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    arguments = parser.parse_args()
    programs = arguments.programs
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        bodies = {"small": 900, "large": 4_000_000}
        scripts = {}
        for name, size in bodies.items():
            body = folder / f"{name}.json"
            body.write_text(json.dumps({"image_urls": ["data:image/png;base64," + "A" * size]}))
            scripts[name] = folder / f"{name}.lua"
            scripts[name].write_text(WRK.format(key=KEY, body=body))
        config = folder / "nginx.conf"
        # Started by root, nginx would drop to a user that can't spool bodies into this folder.
        user = "user root; " if os.geteuid() == 0 else ""
        config.write_text(NGINX.format(user=user, dir=folder, key=KEY, platform=PLATFORM, port=PORTS["nginx"]))
        log = (folder / "gateway.log").open("w")
        started = [
            pinned(1, [programs / "examples" / "bench_platform", PLATFORM]),
            pinned(1, [programs / "examples" / "bench_platform", SLOW_PLATFORM, 3000]),
            pinned(0, ["nginx", "-c", config]),
            gateway(programs, PORTS["gateway"], PLATFORM, log),
            gateway(programs, SLOW_GATEWAY, SLOW_PLATFORM, log),
        ]
        try:
            for port in (PLATFORM, SLOW_PLATFORM, *PORTS.values(), SLOW_GATEWAY):
                wait_for(port)
            pids = {"direct": None, "nginx": started[2].pid, "gateway": started[3].pid}
            names, rows = list(pids), {name: [] for name in pids}
            for turn in range(arguments.passes):
                for name in names[turn % 3:] + names[:turn % 3]:
                    rows[name].append(measure(name, pids[name], scripts, arguments.seconds))
            show(rows)
            print("\nmemory of 32 bodies of 4 MB held for 3 s:",
                  memory(started[4].pid, (folder / "large.json").read_bytes(), 32))
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(timeout=40)


if __name__ == "__main__":
    main()
