"""Every action of the emulator held against the API's metadata and the official SDKs' models."""
