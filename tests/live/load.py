"""Sends a bounded load: `count` requests over `concurrency` threads, collects the request ids."""

import json
import threading
import time
import urllib.error
import urllib.request

# No proxy from the environment: everything is on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(url, body=None):
    """One request; the request id in its answer."""
    headers = {"Content-Type": "application/json"} if body else {}
    with OPENER.open(urllib.request.Request(url, data=body, headers=headers), timeout=120) as reply:
        return json.loads(reply.read())["request_id"]


def run(requests, concurrency, max_seconds, pause_seconds=0):
    """requests: one list of (url, body) per thread, with a pause after each; stops early at
    max_seconds.

    Returns (request ids, errors, seconds)."""
    ids, errors = [], []
    end = time.monotonic() + max_seconds

    def work(mine):
        for url, body in mine:
            if time.monotonic() > end:
                errors.append("out of time")
                return
            try:
                ids.append(send(url, body))
            except (OSError, ValueError, KeyError) as error:
                errors.append(f"{url}: {error}")
            time.sleep(pause_seconds)

    start = time.monotonic()
    threads = [threading.Thread(target=work, args=(requests[i],)) for i in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ids, errors, time.monotonic() - start


def report(ids, errors, seconds):
    """One line for people; exits with 1 when a request failed."""
    rate = len(ids) / seconds if seconds else 0
    print(f"{len(ids)} answered, {len(errors)} failed, {seconds:.1f} s, {rate:.1f} requests/s")
    for error in errors[:5]:
        print("  ", error)
    if errors:
        raise SystemExit(1)
