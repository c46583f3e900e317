"""The running backend and its OpenAPI document agree: what the document allows is taken, what it forbids is refused, and every
answer is one that it describes. Requests are made up by schemathesis, the same ones at each run.

PUSHSEAL names the `pushseal` program. Prints how many operations were tested.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PROGRAM = os.environ["PUSHSEAL"]
SEED = "20260101"
EXAMPLES = os.environ.get("PUSHSEAL_EXAMPLES", "10")
# These need a state or accounts that the made-up requests do not have, or a backend where devices sign in: the Rust tests look
# at them.
NOT_CHECKED = ",".join(
    (
        "ignored_auth",
        "missing_required_header",
        "use_after_free",
        "ensure_resource_availability",
        "object_level_authorization",
    )
)
# What JSON Schema cannot say: which regions there are, that two keys have different ids, that a whole number is written
# without a fraction, and that a widget's picture and its data have different names.
HOOKS = """
import re

import schemathesis


def whole(value):
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def before_call(context, case, kwargs):
    if not isinstance(case.body, dict):
        return
    body = whole(case.body)
    if isinstance(body.get("region"), str) and re.fullmatch("[A-Za-z0-9_-]{1,32}", body["region"]):
        body["region"] = "cn"
    keys = body.get("keys")
    if isinstance(keys, list) and len(keys) == 2 and all(isinstance(key, dict) for key in keys):
        if keys[0].get("keyId") == keys[1].get("keyId") and "keyId" in keys[0]:
            body["keys"] = [{**keys[0], "keyId": "k1"}, {**keys[1], "keyId": "k2"}] if keys[0]["keyId"] else keys
    widget = body.get("widget")
    if isinstance(widget, dict) and isinstance(widget.get("formData"), dict) and isinstance(widget.get("images"), list):
        for image in widget["images"]:
            if isinstance(image, dict) and isinstance(image.get("keyName"), str) and image["keyName"] in widget["formData"]:
                image["keyName"] += "-picture"
    case.body = body
"""
CONFIGURATION = """
listen = "127.0.0.1:0"
open_registration = true
master_key_file = "master.key"
api_keys_file = "api-keys"
[regions.cn]
service_account_file = "service-account.json"
push_url = "http://127.0.0.1:9"
[limits]
key_per_second = 0
user_per_minute = 0
address_per_second = 0
"""


def printed(*arguments):
    """What the program prints."""
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


def settings(folder):
    """Writes a configuration with fresh keys; answers the sender's API key."""
    key = json.loads(printed("api-key", "new", "--name", "test"))
    (folder / "api-keys").write_text(key["line"])
    (folder / "master.key").write_text(printed("master-key", "new"))
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"project_id": "1", "key_id": "k", "private_key": pem, "sub_account": "s"}
    (folder / "service-account.json").write_text(json.dumps(account))
    (folder / "pushseal.toml").write_text(CONFIGURATION)
    return key["key"]


def schemathesis(url, key, folder):
    """Runs the requests; answers the exit code and what was printed."""
    (folder / "hooks.py").write_text(HOOKS)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--url", url]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", SEED, "--max-examples", EXAMPLES, "--no-color"]
    command += ["--exclude-checks", NOT_CHECKED, "--header", f"Authorization: Bearer {key}", "--warnings", "off"]
    command += ["--suppress-health-check", "all", "--generation-database", "none", "--continue-on-failure"]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder, env=hooks, timeout=900)
    return done.returncode, done.stdout + done.stderr


def register(url):
    """The device that the document's examples send to."""
    import requests

    key = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    body = {"token": "token-1", "region": "cn", "bundle": "com.example.app", "keys": [{"keyId": "k1", "key": key}]}
    answer = requests.put(f"{url}/v1/devices/a1b2c3", json=body, timeout=10)
    assert answer.status_code == 201, answer.text


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = settings(folder)
        log = (folder / "log").open("w", encoding="utf-8")
        serve = [PROGRAM, "serve", "--config", str(folder / "pushseal.toml")]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder) as backend:
            try:
                url = backend.stdout.readline().split()[-1]
                register(url)
                code, text = schemathesis(url, key, folder)
                assert backend.poll() is None, "the backend ended"
            finally:
                backend.kill()
    if code != 0:
        sys.exit(text)
    tested = json.loads((Path(__file__).parents[2] / "backend/openapi.json").read_text(encoding="utf-8"))
    operations = sum(len([m for m in item if m in ("get", "put", "post", "delete")]) for item in tested["paths"].values())
    print(f"{operations} passed, 0 failed")


if __name__ == "__main__":
    main()
