"""`threadwatch`, also as `python -m bot`."""

import gc

# What is imported stays: looking through it for garbage took a sixth of the start.
gc.disable()
from bot.cli.main import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
