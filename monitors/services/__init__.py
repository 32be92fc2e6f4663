"""One module per thing the app does; each declares the ports it needs beside it."""
