"""A recipe small enough for tests."""

TINY = """
sets = 200
held_out = 100
shard = 50
seeds = [0, 1]

[prior]
max_dim = 6
rows = [[1, 20, 120, true]]

[prior.weights]
elliptical = 2
independent = 1

[training]
steps = 20
batch = 16
rate = 3e-3
rows = 24
width = 8
row_width = 4
queries = 2
blocks = 1
save_every = 5
"""
