"""Messages sealed by jwcrypto open here, and messages sealed here open with jwcrypto.

PUSHSEAL names the `pushseal` program. Prints how many tests ran.
"""

import base64
import json
import os
import subprocess
import tempfile
import time

from jwcrypto import jwe, jwk

PROGRAM = os.environ["PUSHSEAL"]
LIMIT = 8192
FAILED = []
PASSED = []


def run(arguments, lines):
    """Runs the program with one line each; answers its lines."""
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, encoding="utf-8", timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"pushseal {arguments[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def key_of(entry):
    """The key as jwcrypto takes it."""
    return jwk.JWK(kty="oct", k=entry["key"])


def contents():
    """1 byte to the limit, Chinese and emoji."""
    overhead = len(json.dumps({"iat": 1700000000, "data": ""}, separators=(",", ":")))
    lengths = [0, 1, 2, 15, 16, 17, 100, 1000, 3000]
    yield from ("x" * n for n in lengths)
    yield from ["好", "🔔", "你好，世界 👨‍👩‍👧 " * 50, 'quotes " and \\ backslashes \n']
    yield "y" * (LIMIT - overhead)


def seals_for_us(entry, key_file):
    """jwcrypto seals, we open."""
    enc = {16: "A128GCM", 32: "A256GCM"}[len(base64.urlsafe_b64decode(entry["key"] + "=="))]
    header = json.dumps({"alg": "dir", "enc": enc, "kid": entry["keyId"]})
    issued = int(time.time())
    sealed = []
    for data in contents():
        plaintext = json.dumps({"iat": issued, "data": data}, ensure_ascii=False, separators=(",", ":"))
        token = jwe.JWE(plaintext.encode(), protected=header)
        token.add_recipient(key_of(entry))
        sealed.append(token.serialize(compact=True))
    opened = run(["open", "--key-file", key_file], sealed)
    assert len(opened) == len(sealed), (len(opened), len(sealed))
    for line, data in zip(opened, contents()):
        message = json.loads(line)
        assert message["sealed"] is True, line
        got = message["data"]
        assert got == data or json.loads(got) == data, (got[:80], data[:80])


def opens_ours(entry, key_file):
    """We seal, jwcrypto opens."""
    room = list(contents())
    lines = [json.dumps(data, ensure_ascii=False) for data in room]
    sealed = run(["seal", "--key-file", key_file], lines)
    assert len(sealed) == len(lines), (len(sealed), len(lines))
    for text, data in zip(sealed, room):
        token = jwe.JWE()
        token.deserialize(text, key_of(entry))
        assert json.loads(token.payload)["data"] == data
        assert json.loads(token.objects["protected"])["kid"] == entry["keyId"]


def changed_is_refused(entry, key_file):
    """A changed message is named by line and code, and hides no other."""
    good = run(["seal", "--key-file", key_file], ["1", "2", "3"])
    good[1] = good[1][:-1] + ("A" if good[1][-1] != "A" else "Q")
    done = subprocess.run([PROGRAM, "open", "--key-file", key_file], input="\n".join(good) + "\n", capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert len([line for line in done.stdout.splitlines() if '"sealed":true' in line]) == 2, done.stdout
    assert "2" in done.stderr and ("2002" in done.stderr or "2004" in done.stderr), done.stderr


def main():
    for size in ("32", "16"):
        [line] = run(["keygen", "--bytes", size], [])
        with tempfile.TemporaryDirectory() as folder:
            key_file = os.path.join(folder, "device.key")
            with open(key_file, "w", encoding="utf-8") as file:
                file.write(line + "\n")
            os.chmod(key_file, 0o600)
            for test in (seals_for_us, opens_ours, changed_is_refused):
                name = f"{test.__name__}, {size} bytes"
                try:
                    test(json.loads(line), key_file)
                    PASSED.append(name)
                except Exception as error:  # a failed test must not hide the others
                    FAILED.append(name)
                    print(f"FAILED {name}: {error!r}")
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    raise SystemExit(1 if FAILED else 0)


main()
