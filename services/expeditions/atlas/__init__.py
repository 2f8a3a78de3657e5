"""The atlas: where expeditions lead, what is met there, and which places are open this week."""
