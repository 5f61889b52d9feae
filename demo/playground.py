"""A local AWS to try commands on: a small organization, with the function in its management account.

It runs until Ctrl-C, and nothing of it stays. A second terminal reaches it with the variables of one file.
"""

import os
import shlex
import signal
from pathlib import Path

from local_aws import FUNCTION_STACK, LocalAws, Organization
from tree import Tree

# Below the folder it is started in.
VARIABLES = Path(".aws-sam") / "playground.env"


def main():
    print("starting a local AWS (MiniStack, with IAM enforced), and the function in it", flush=True)
    with LocalAws() as aws:
        organization = Organization()
        aws.sam_deploy()
        # The folder for temporary files is this program's own.
        exports = [f"export {name}={shlex.quote(value)}" for name, value in os.environ.items() if name.startswith("AWS_")]
        VARIABLES.parent.mkdir(exist_ok=True)
        VARIABLES.write_text("\n".join(exports) + "\n")
        try:
            Tree(organization).show()
            print(f"\nThe stack {FUNCTION_STACK} has the function. To use this AWS, in a second terminal:")
            print(f"\n  source {VARIABLES}\n\nCtrl-C here ends it, and deletes all of it.", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            print()
        finally:
            VARIABLES.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
