"""`threadwatch`, also as `python -m bot`."""

import gc
import sys

# What is imported stays: looking through it for garbage took a sixth of the start.
gc.disable()
from bot.cli import server  # noqa: E402

if tuple(sys.argv[1:]) in server.PLAIN:
    from bot.cli.server import main
else:
    from bot.cli.main import main

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
