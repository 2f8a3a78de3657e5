"""How good expeditions are to parties, beside what the first bot of this game gave."""
