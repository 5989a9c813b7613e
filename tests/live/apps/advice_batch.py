"""No function: a script that calls a handler for each of its rows.

    advice_batch.py URL ROWS
"""

import json
import sys
import urllib.request

for row in range(int(sys.argv[2])):
    request = urllib.request.Request(sys.argv[1], json.dumps({"row": row, "table": "orders"}).encode())
    with urllib.request.urlopen(request, timeout=60) as reply:
        reply.read()
