"""Where waifus go and what happens there.

Answers for its health and its operations; expeditions themselves are the next part of the house.
"""
