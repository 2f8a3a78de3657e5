"""Parties that go on expeditions, and how they come home."""
