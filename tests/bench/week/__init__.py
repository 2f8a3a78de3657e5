"""A week in the life of many players, over the real services, with a clock that jumps; then what it did to money."""
