"""The world: log, lake, engines, store, importers, shelf. Each implements what the rooms ask for; app joins them."""
