"""gRPC: the life of one call, on both sides."""
