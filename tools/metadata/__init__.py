"""Makes emulator/<service>/metadata.json from Alibaba Cloud's API metadata."""
