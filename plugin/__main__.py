"""Serves the access components to programs in every language that Pulumi has."""

from pulumi.provider.experimental import component_provider_host

from components import DestinationUserAccess, SourceAccountAccess

if __name__ == "__main__":
    component_provider_host(
        name="smc-migration",
        version="0.1.0",
        components=[DestinationUserAccess, SourceAccountAccess],
    )
