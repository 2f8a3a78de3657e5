"""Where waifus go and what happens there.

Contract: `AtlasService` (places, encounters, the rotation of the week). Tables: `expedition_templates`, `encounters`,
`affinity_pools`, `atlas_versions`, `rotations`. Expeditions themselves are the next part of the house.

Read atlas/rules, then atlas/store.py, rotations.py and servicer.py.
"""
