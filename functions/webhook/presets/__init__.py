"""The presets, each with its own side: sender.py, samples, page."""
