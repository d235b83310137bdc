"""From an HTTP request to an action and back again."""
