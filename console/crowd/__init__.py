"""Simulated players: what they know, what they wish for, and when."""
