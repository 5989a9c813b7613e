"""The demo's Python function: busy work, a timer, and one line of truth (see run.js)."""

import json
import math
import os
import time


def burn(ms):
    """Computes until that much wall-clock time has passed."""
    end_ns = time.monotonic_ns() + int(ms * 1e6)
    x = 1.0
    while time.monotonic_ns() < end_ns:
        for i in range(100):
            x = math.sqrt(x + i)


def member_of(event, name):
    return (event.get("queryStringParameters") or {}).get(name, event.get(name))


def result_for(event, truth):
    pad = 0 if member_of(event, "order") else int(os.environ.get("ANSWER_PAD", 0))
    result = {"function": truth["function"], "pad": "x" * pad, "request_id": truth["request_id"]}
    if "http" in (event.get("requestContext") or {}):
        return {"statusCode": 200, "body": json.dumps(result)}
    return result


def p(event, context):
    truth = {
        # The emulator's own aws_request_id is a constant; the real one is in this member.
        "function": context.functionName,
        "request_id": context.awsRequestId,
        "pid": os.getpid(),
        "start_ns": time.monotonic_ns(),
        "caused_by": event.get("caused_by"),
        "calls": [],
    }
    scale = float(member_of(event, "scale") or os.environ.get("DEFAULT_SCALE", 1))
    burn(80 * scale)
    busy_end_ns = time.monotonic_ns()
    time.sleep(0.040 * scale)
    truth["end_ns"] = time.monotonic_ns()
    truth["busy_ns"] = busy_end_ns - truth["start_ns"]
    truth["timer_ns"] = truth["end_ns"] - busy_end_ns
    print("IDLETAX-TRUTH " + json.dumps(truth))
    return result_for(event, truth)
