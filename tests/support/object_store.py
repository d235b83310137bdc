"""An S3-compatible object store on loopback: moto's server, in a thread of the test."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from moto.server import ThreadedMotoServer

from tests.support.shared_backend import SharedBackend

BUCKET = "smc-migration-state"
KEY = "a-key-of-the-tests"
SECRET = "sesame-of-the-object-store"


@contextmanager
def running_object_store() -> Iterator[SharedBackend]:
    """An empty bucket until the block ends. moto looks at requests, not at who signed them."""
    # It says of every request that it was answered.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        requests.post(f"{address}/moto-api/reset", timeout=10).raise_for_status()
        requests.put(f"{address}/{BUCKET}", timeout=10).raise_for_status()
        yield SharedBackend(
            f"s3://{BUCKET}?endpoint={address}&s3ForcePathStyle=true&region=us-east-1",
            SECRET,
            {
                "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                # Nothing of the user's own.
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            },
        )
    finally:
        server.stop()
