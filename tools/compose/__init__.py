"""The compose files of the house: rendered, and played on an engine."""
