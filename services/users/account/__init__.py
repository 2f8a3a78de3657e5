"""Academies and their daily life."""
