"""Serves MiniStack on a free port of 127.0.0.1, as the leader of a session of its own.

Kept beside the Rust that starts it because three things cannot be had by MiniStack's own command: a port without a
race (we listen before anything asks for it), a session that no terminal can hang up, and a record whose lock says
whether this process is alive. The record, `emulator.json`, stays locked exactly as long as this process runs. With `--guarded`
a random key is made and recorded, and nobody who does not have it gets through to MiniStack.
"""

import asyncio
import fcntl
import json
import os
import resource
import secrets
import shutil
import signal
import socket
import sys
import threading
import time

# Its own session and process group: the group is what `stop` ends, the functions' processes included.
os.setsid()
os.umask(0o077)  # for the functions' files too


def watch_owner():
    """Whoever started us holds the other end of this pipe, and its end is ours, however they died.

    `free` sets us free. `with N` names the process, or as -N the group, that is to end with us.
    """
    others = []
    for line in open(0, closefd=False):
        word, _, number = line.strip().partition(" ")
        if word == "free":
            return
        others = [int(number)]
    end(others)


def end(others):
    """Ends us and the others, and removes our files where they are this run's own. A process of another group sees to it:
    it outlives us."""
    group, directory = os.getpgrp(), os.getcwd()
    if os.fork():
        return
    os.setsid()
    for other in {*others, *marked(directory)}:
        signalled(other, signal.SIGTERM)
    os.killpg(group, signal.SIGKILL)
    if "--own" in sys.argv:
        shutil.rmtree(directory, ignore_errors=True)
    time.sleep(2)
    # The number of a single process may be another's by now.
    for other in {*(other for other in others if other < 0), *marked(directory)}:
        signalled(other, signal.SIGKILL)
    os._exit(0)


def marked(directory):
    """The processes with our mark in their environment: the run may have been killed before it could name its command, and
    that may have started others. Only Linux shows them."""
    mark = f"PRETOKEN_LOCAL_RUN={os.path.basename(directory)}\0".encode()
    found = []
    for process in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else ()):
        try:
            with open(f"/proc/{process}/environ", "rb") as environment:
                if mark in environment.read() + b"\0":
                    found.append(int(process))
        except OSError:
            pass  # it is gone, or another user's
    return found


def signalled(process, number):
    try:
        os.kill(process, number)
    except OSError:
        pass  # it is gone already


threading.Thread(target=watch_owner, daemon=True).start()

key = None
if "--guarded" in sys.argv:
    # No key of AWS looks like this, and no account is taken from it.
    key = {"access_key_id": f"LOCAL{secrets.token_hex(8).upper()}", "secret_access_key": secrets.token_hex(32)}
    os.environ["AWS_ACCESS_KEY_ID"] = key["access_key_id"]  # read by MiniStack when it is imported
    os.environ["AWS_SECRET_ACCESS_KEY"] = key["secret_access_key"]

record = os.open("emulator.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def tell(port):
    text = json.dumps({"pid": os.getpid(), "port": port, "started": int(time.time()), "key": key})
    os.pwrite(record, text.encode(), 0)


tell(0)  # before the lock: whoever sees it held is to find out by whom
fcntl.flock(record, fcntl.LOCK_EX)

# macOS starts with 256 files, too few for a burst of sign-ins.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)) if hard > 0 else soft, hard))

wanted = next((int(flag.removeprefix("--port=")) for flag in sys.argv if flag.startswith("--port=")), 0)
listener = socket.create_server(("127.0.0.1", wanted), backlog=256)
port = listener.getsockname()[1]
os.environ["GATEWAY_PORT"] = str(port)  # read by MiniStack when it is imported

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
if key:
    import guard

    guard.keep_function_keys_secret(key["secret_access_key"])

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.app import app  # noqa: E402

import additions  # noqa: E402

additions.install()
if key:
    origins = [flag.removeprefix("--origin=") for flag in sys.argv if flag.startswith("--origin=")]
    app = guard.Guard(app, port, key["access_key_id"], key["secret_access_key"], origins)

config = Config()
config.bind = [f"fd://{listener.detach()}"]
config.keep_alive_timeout = 75
config.loglevel = "WARNING"

tell(port)
asyncio.run(serve(app, config))
