"""A handler whose work is a count, not a time: as much on any share of a CPU. PLAN: work:THOUSANDS sleep:MS"""

import hashlib
import os
import time

PLAN = [step.split(":") for step in os.environ["PLAN"].split()]


def handler(event, _context):
    for kind, amount in PLAN:
        if kind == "work":
            hashlib.pbkdf2_hmac("sha256", b"word", b"salt", int(amount) * 1000)
        else:
            time.sleep(int(amount) / 1000)
    return event
