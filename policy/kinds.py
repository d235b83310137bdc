"""Pulumi's types of the resources that guardrails look at."""

ROLE = "alicloud:ram/role:Role"
POLICY = "alicloud:ram/policy:Policy"
SOURCE_IMPORT = "pulumi-python:dynamic/smc:SourceImport"
REPLICATION_JOB = "pulumi-python:dynamic/smc:ReplicationJob"
DRILL_RUN = "pulumi-python:dynamic/smc:DrillRun"
WAVE_RUN = "pulumi-python:dynamic/smc:WaveRun"
MIGRATION = "smc-migration:migration:Migration"
