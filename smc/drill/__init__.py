"""A migration drill's checks: what is asked of a source server, and what its answers mean."""
