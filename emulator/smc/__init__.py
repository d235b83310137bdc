"""SMC 2019-06-01."""

from emulator.smc import access_tokens, client, jobs, lifecycle, source_servers, tags

__all__ = ["access_tokens", "client", "jobs", "lifecycle", "source_servers", "tags"]
