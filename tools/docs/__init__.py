"""Pages that are made: of runs against the emulator, of the settings' models, of tables in YAML."""
