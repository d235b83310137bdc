"""RAM 2015-05-01."""

from emulator.ram import attachments, policies, roles, tags, users

__all__ = ["attachments", "policies", "roles", "tags", "users"]
