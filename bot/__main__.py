"""`python -m bot` is `threadwatch`."""

from bot.cli.main import main

main()
