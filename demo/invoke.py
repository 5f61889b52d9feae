"""Sends one event file to the compiled function with `cargo lambda invoke`. Prints the response and the organization.

The function runs against cargo-lambda's local replacement for the Lambda service and against a local AWS. The
ResponseURL of the event is replaced by the URL of a bucket in that local AWS.
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from local_aws import BOOTSTRAP, PROJECT, LocalAws, Organization, free_port
from tree import Tree

CARGO_LAMBDA = PROJECT / ".tools" / "sam" / "bin" / "cargo-lambda"
FUNCTION = "cfn-org-policy"


@contextmanager
def ended_after(process: subprocess.Popen):
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def wait_until_listening(port: int, seconds: float = 30):
    until = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def function_on_local_lambda(**environment: str):
    """Yields a function that sends an event to the Lambda function and returns whether the invocation succeeded."""
    port = str(free_port())
    service = [CARGO_LAMBDA, "lambda", "watch", "--only-lambda-apis", "--timeout", "60"]
    service += ["--invoke-address", "127.0.0.1", "--invoke-port", port]
    runtime = {
        "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{port}/.rt/{FUNCTION}",
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ended_after(subprocess.Popen(service, cwd=PROJECT, **quiet)):
        # The service does not report when it is ready, and a function that starts too early exits.
        wait_until_listening(int(port))
        with ended_after(subprocess.Popen([BOOTSTRAP], env=os.environ | runtime | environment)):
            time.sleep(0.5)

            def invoke(event: dict) -> bool:
                command = [CARGO_LAMBDA, "lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", port]
                command += [FUNCTION, "--data-ascii", json.dumps(event)]
                return subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, check=False).returncode == 0

            yield invoke


def main(path: str):
    event = json.loads(Path(path).read_text())
    with LocalAws() as aws:
        tree = Tree(Organization())
        url, answer = aws.answer_box()
        with function_on_local_lambda() as invoke:
            if not invoke(event | {"ResponseURL": url}):
                sys.exit("the function did not respond")
        print(json.dumps(answer(), indent=2))
        tree.show()


if __name__ == "__main__":
    main(sys.argv[1])
