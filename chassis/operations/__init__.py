"""The operations kit: how a change that spans services survives everything.

`once` is the participant's half (a step has one outcome, for ever), `operation` the coordinator's (a flow goes
on where it stood), `gate` the lock both take first, `sweeper` finishes what a dead process left open. The
protocol, its rules C1-C9 and P1-P6 and its proof are in docs/reliability.md.
"""
