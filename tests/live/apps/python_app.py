"""The handler for AWS's Python runtime client: does what PLAN says (runtimes.py).

Each invocation prints one line of its own truth, times on CLOCK_MONOTONIC in ns (see
../README.md for the members).
"""

import json
import math
import os
import time

FUNCTION = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
PLAN = [step.partition(":")[::2] for step in os.environ["PLAN"].split()]
# As in tools/demo/app/src/run.js.
DEFAULT_SCALE = float(os.environ.get("DEFAULT_SCALE", 1))
ANSWER_PAD = int(os.environ.get("ANSWER_PAD", 0))
if ("init", "fail") in PLAN:
    raise RuntimeError("the plan is to fail during INIT")


def target_of(callee):
    """(endpoint, name) of its Invoke URL, which SDKs take apart."""
    url = os.environ["URL_" + callee.replace("-", "_")]
    endpoint, _, rest = url.partition("/2015-03-31/functions/")
    return endpoint, rest.partition("/")[0]


def make_client(callee):
    import boto3

    return boto3.client(
        "lambda",
        region_name="us-east-1",
        endpoint_url=target_of(callee)[0],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


# The SDK is loaded and the clients made during INIT, as applications do.
CLIENTS = {what: make_client(what) for kind, what in PLAN if kind == "call"}


def burn(ms):
    end_ns = time.monotonic_ns() + int(ms * 1e6)
    x = 1.0
    while time.monotonic_ns() < end_ns:
        for i in range(100):
            x = math.sqrt(x + i)


def call(callee, event, truth):
    start_ns = time.monotonic_ns()
    reply = CLIENTS[callee].invoke(
        FunctionName=target_of(callee)[1], Payload=json.dumps(event))
    answer = json.loads(reply["Payload"].read())
    truth["calls"].append({
        "callee": callee,
        "callee_request_id": answer.get("request_id"),
        "mode": "sync",
        "start_ns": start_ns,
        "end_ns": time.monotonic_ns(),
    })


def run_step(kind, what, event, truth):
    start_ns, scale = time.monotonic_ns(), event.get("scale", DEFAULT_SCALE)
    if kind == "call":
        call(what, event, truth)
    elif kind == "burn":
        burn(float(what) * scale)
        truth["busy_ns"] += time.monotonic_ns() - start_ns
    elif kind == "sleep":
        time.sleep(float(what) * scale / 1000)
        truth["timer_ns"] += time.monotonic_ns() - start_ns


def end(kind):
    if kind == "fail":
        raise ValueError("the plan is to fail")
    if kind == "exit":
        os._exit(3)


def handler(event, context):
    truth = {
        "function": FUNCTION,
        "request_id": context.aws_request_id,
        "pid": os.getpid(),
        "init": INIT,
        "start_ns": time.monotonic_ns(),
        "busy_ns": 0,
        "timer_ns": 0,
        "caused_by": None,
        "calls": [],
    }
    for kind, what in PLAN:
        run_step(kind, what, event, truth)
    truth["end_ns"] = time.monotonic_ns()
    print("IDLETAX-TRUTH " + json.dumps(truth), flush=True)
    end(PLAN[-1][0])
    pad = "" if "order" in event else "x" * ANSWER_PAD
    return {"function": FUNCTION, "pad": pad, "request_id": context.aws_request_id}


INIT = {"started_us": int(os.environ["STARTED_US"]), "ready_ns": time.monotonic_ns()}
