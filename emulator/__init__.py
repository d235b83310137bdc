"""A local emulator of the Alibaba Cloud APIs that a cross-account server migration uses."""
