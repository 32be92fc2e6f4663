"""How fast the doors answer, beside the least that any server would have to do.

`python -m tests.bench` measures; `docs/performance.md` says how to read it. Nothing here is a test:
no figure is asserted.
"""
