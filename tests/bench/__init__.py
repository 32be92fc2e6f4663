"""How fast the app answers and delivers, beside the least that anything would have to do.

`python -m tests.bench` measures; `docs/performance.md` says how to read it. Nothing here is a test:
no figure is asserted.
"""
