"""Dynamic resources of SMC, one module each: decode properties, call a handler, encode.

The dotted path of every provider class is written into users' state: moving or renaming one breaks
their next destroy. tests/providers/test_state_contract.py holds the paths.
"""

from providers.cleanup_guard import CleanupGuard
from providers.drill_run import DrillRun
from providers.replication_job import ReplicationJob
from providers.smoke_test_run import SmokeTestRun
from providers.source_import import SourceImport
from providers.wave_run import WaveRun

__all__ = ["CleanupGuard", "DrillRun", "ReplicationJob", "SmokeTestRun", "SourceImport", "WaveRun"]
