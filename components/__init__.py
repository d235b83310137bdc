"""Pulumi components: access in both accounts, a wave, a migration. Each can be used alone."""

from components.account_provider import account_provider
from components.destination_user_access import DestinationUserAccess
from components.migration import Migration
from components.source_account_access import SourceAccountAccess
from components.wave import Wave

__all__ = [
    "DestinationUserAccess",
    "Migration",
    "SourceAccountAccess",
    "Wave",
    "account_provider",
]
