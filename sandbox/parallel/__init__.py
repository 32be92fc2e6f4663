"""A stand-in for Parallel's Monitor API: real HTTP, its own clock, faults on order."""

from sandbox.parallel.settings import AccountSeed, ParallelSettings
from sandbox.parallel.stand_in import ParallelStandIn

__all__ = ["AccountSeed", "ParallelSettings", "ParallelStandIn"]
