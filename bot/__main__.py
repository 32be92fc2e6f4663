"""`python -m bot` is `threadwatch`."""

from bot.cli import main

main()
