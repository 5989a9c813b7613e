"""Handlers for AWS's Python runtime client: what they do depends on the function's name.

Each invocation prints one line of its own truth, times on CLOCK_MONOTONIC in ns (see
tools/demo/app/src/run.js for the members).
"""

import json
import math
import os
import time

FUNCTION = os.environ["AWS_LAMBDA_FUNCTION_NAME"]

# Milliseconds of work and sleep, and calls, in order.
PLANS = {
    "a": [("burn", 50), ("call", "b"), ("burn", 50)],
    "b": [("burn", 500)],
    "t": [("burn", 20), ("sleep", 60), ("burn", 20)],
}


def make_client():
    """The SDK is loaded and the client made during INIT, as applications do."""
    endpoint = os.environ.get("CALLEE_ENDPOINT")
    if not endpoint:
        return None
    import boto3

    return boto3.client(
        "lambda",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


CLIENT = make_client()


def burn(ms):
    end_ns = time.monotonic_ns() + int(ms * 1e6)
    x = 1.0
    while time.monotonic_ns() < end_ns:
        for i in range(100):
            x = math.sqrt(x + i)


def call(callee, scale, truth):
    start_ns = time.monotonic_ns()
    reply = CLIENT.invoke(FunctionName=callee, Payload=json.dumps({"scale": scale}))
    answer = json.loads(reply["Payload"].read())
    truth["calls"].append({
        "callee": callee,
        "callee_request_id": answer.get("request_id"),
        "mode": "sync",
        "start_ns": start_ns,
        "end_ns": time.monotonic_ns(),
    })


def run_step(step, scale, truth):
    kind, what = step
    start_ns = time.monotonic_ns()
    if kind == "call":
        call(what, scale, truth)
    elif kind == "burn":
        burn(what * scale)
        truth["busy_ns"] += time.monotonic_ns() - start_ns
    else:
        time.sleep(what * scale / 1000)
        truth["timer_ns"] += time.monotonic_ns() - start_ns


def handler(event, context):
    truth = {
        "function": FUNCTION,
        "request_id": context.aws_request_id,
        "pid": os.getpid(),
        "start_ns": time.monotonic_ns(),
        "busy_ns": 0,
        "timer_ns": 0,
        "caused_by": None,
        "calls": [],
    }
    for step in PLANS[FUNCTION]:
        run_step(step, event.get("scale", 1), truth)
    truth["end_ns"] = time.monotonic_ns()
    print("IDLETAX-TRUTH " + json.dumps(truth), flush=True)
    return {"function": FUNCTION, "request_id": context.aws_request_id}
