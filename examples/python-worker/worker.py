"""Claims operations of the kind `resize`, does them, and reports. Needs Python 3.9, and nothing else.

API    the API, such as http://127.0.0.1:8787/api/v1
TOKEN  a token with the scope `work`
"""

import json
import os
import urllib.error
import urllib.request

API, TOKEN = os.environ["API"], os.environ["TOKEN"]


def call(method, path, body, **headers):
    headers |= {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(API + path, json.dumps(body).encode(), headers, method=method)
    # Longer than any wait, so that only a server that is gone is given up.
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def resize(picture):
    return {"did": picture}


def work(op):
    path, attempt = f"/operations/{op['id']}", op["attempt"]
    try:
        # Each report keeps the lease; the answer says whether somebody wants it canceled.
        seen = call("PATCH", path, {"attempt": attempt, "percentComplete": 50, "lease": "1m"})
        if "cancelRequestedAt" in seen:
            error = {"code": "canceled", "message": "Stopped on request"}
            call("POST", f"{path}:fail", {"attempt": attempt, "error": error})
            return
        result = resize(op.get("input"))
        call("POST", f"{path}:complete", {"attempt": attempt, "result": result})
    except urllib.error.HTTPError as error:
        # The operation was canceled, has expired, or is another worker's now. That is no fault.
        if error.code not in (404, 409):
            raise
        print(f"{op['id']}: not ours any more", flush=True)


while True:
    claim = {"kinds": ["resize"], "lease": "1m"}
    for claimed in call("POST", "/operations:claim", claim, Prefer="wait=30")["operations"]:
        work(claimed)
