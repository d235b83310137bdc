"""RAM 2015-05-01."""

from emulator.ram import attachments, policies, policy_versions, roles, tags, users

__all__ = ["attachments", "policies", "policy_versions", "roles", "tags", "users"]
