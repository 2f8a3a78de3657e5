"""Series and waifus: reference data that an operator imports and everybody reads from memory."""
