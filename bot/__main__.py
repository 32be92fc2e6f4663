"""`python -m bot` is the same as `threadwatch`."""

from bot.cli.main import main

main()
