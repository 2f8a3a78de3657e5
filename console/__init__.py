"""`geminya`, the operator's command line: start with `main.py`, one file per command family.

It starts the services as processes and talks gRPC with them like everybody. Only `migrate`, `database
reset`, `doctor` and `audit` touch the database.
"""
