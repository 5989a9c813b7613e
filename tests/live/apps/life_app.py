"""A handler whose life goes wrong as the event, or its function's name, says. It prints what it does
before it does it: a process that is about to die cannot tell afterwards. Times: CLOCK_MONOTONIC in ns.
"""

import json
import os
import signal
import time
from pathlib import Path

FUNCTION = os.environ["AWS_LAMBDA_FUNCTION_NAME"]


def tell(**what):
    # One write: the emulator prints to the same log.
    os.write(1, ("LIFE " + json.dumps({"function": FUNCTION, "pid": os.getpid(), "parent": os.getppid(), **what}) + "\n").encode())


def load():
    """What INIT does, by function."""
    tell(what="load", ns=time.monotonic_ns())
    if FUNCTION == "imports":
        raise ImportError("this module cannot be loaded")
    if FUNCTION == "exits":
        os._exit(3)
    if FUNCTION == "once" and not Path(os.environ["LIFE_FLAG"]).exists():
        Path(os.environ["LIFE_FLAG"]).touch()
        raise RuntimeError("the first try fails")
    time.sleep(0.1)
    tell(what="loaded", ns=time.monotonic_ns())


load()


def handler(event, context):
    tell(what="begin", ns=time.monotonic_ns(), id=context.aws_request_id)
    time.sleep(event.get("sleep", 0))
    if "exit" in event:
        tell(what="exit", ns=time.monotonic_ns(), id=context.aws_request_id)
        os._exit(event["exit"])
    if "signal" in event:
        tell(what="signal", ns=time.monotonic_ns(), id=context.aws_request_id)
        os.kill(os.getpid(), getattr(signal, event["signal"]))
    if "error" in event:
        raise RuntimeError(event["error"])
    tell(what="end", ns=time.monotonic_ns(), id=context.aws_request_id)
    return {"request_id": context.aws_request_id}
