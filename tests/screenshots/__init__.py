"""The pictures of docs/images, made from a real migration on the emulator by one command."""
