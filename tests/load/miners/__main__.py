"""`make bench-miners`: what polling miners costs, beside pyasic, in a namespace with all ports."""

import subprocess
import sys

from tests.support.netns import in_namespace

if __name__ == "__main__":
    command = [sys.executable, "-m", "tests.load.miners.polling"]
    sys.exit(subprocess.run(in_namespace(command), check=False).returncode)
