"""# Common and salient factors

{cite:t}`louiset2024` separate what two sets of images share from what only one has: each image gets a common code c
and a salient code s. Views of an image should agree in their codes (alignment) and codes should spread (uniformity);
salient codes of background images are held at one point; and the joint entropy of c and s is raised by a kernel loss,
k-JEM, so that I(c; s) falls without an adversary. **They found** that the codes separate: the common code does not
tell
the salient factor, nor the salient code the common one, and that k-JEM helps.

**Here** background images are scikit-learn's digits, and target images are digits with a bright bar, in one of four
places. Views are noisy copies. Two small encoders are trained with the losses of `mitk.measures`, with and without
k-JEM. `kde_mi_value` measures I(c; s) on new images, and nearest neighbours in each code guess the digit and the bar.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from common import BLUE, GREY, ORANGE, digits, figure, table
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from mitk.measures import alignment, k_jem, kde_mi_value, uniformity

COMMON, SALIENT, HIDDEN = 3, 2, 64
STEPS, BATCH, NOISE = 2000, 128, 0.15
WEIGHTS = (0.0, 1.0, 10.0)
SEEDS = 2
BARS = np.zeros((4, 8, 8))
BARS[0, :2], BARS[1, 6:], BARS[2, :, :2], BARS[3, :, 6:] = 1.0, 1.0, 1.0, 1.0


def weights(key):
    sizes = ((64, HIDDEN), (HIDDEN, COMMON), (64, HIDDEN), (HIDDEN, SALIENT))
    return [
        (jax.random.normal(k, size) / np.sqrt(size[0]), jnp.zeros(size[1]))
        for k, size in zip(jax.random.split(key, 4), sizes, strict=True)
    ]


def codes(params, x):
    """Common and salient codes, each of length 1."""
    found = []
    for (w1, b1), (w2, b2) in (params[:2], params[2:]):
        z = jnp.tanh(x @ w1 + b1) @ w2 + b2
        found.append(z / jnp.sqrt(jnp.sum(z**2, axis=1, keepdims=True) + 1e-6))
    return found


def view(x, key):
    """A noisy copy."""
    return x + NOISE * jax.random.normal(key, x.shape)


def trained(background, target, weight, key):
    optimiser = optax.adam(2e-3)
    params = weights(key)
    # Where salient codes of images without a bar are held.
    home = jnp.eye(SALIENT)[:1]

    def loss(params, plain, barred, key):
        keys = jax.random.split(key, 4)
        (c0, s0), (c1, s1) = codes(params, view(plain, keys[0])), codes(params, view(plain, keys[1]))
        (c2, s2), (c3, s3) = codes(params, view(barred, keys[2])), codes(params, view(barred, keys[3]))
        common = alignment(jnp.concatenate([c0, c2]), jnp.concatenate([c1, c3])) + 2.0 * uniformity(
            jnp.concatenate([c0, c2])
        )
        salient = alignment(s2, s3) + 2.0 * uniformity(s2)
        held = alignment(jnp.concatenate([s0, s1]), jnp.broadcast_to(home, (2 * BATCH, SALIENT)))
        return common + salient + 10.0 * held + weight * k_jem(c2, s2)

    def step(carry, key):
        params, moments = carry
        rows, bars, noise = jax.random.split(key, 3)
        plain = background[jax.random.randint(rows, (BATCH,), 0, len(background))]
        barred = target[jax.random.randint(bars, (BATCH,), 0, len(target))]
        slope = jax.grad(loss)(params, plain, barred, noise)
        change, moments = optimiser.update(slope, moments)
        return (optax.apply_updates(params, change), moments), None

    carry = (params, optimiser.init(params))
    return jax.lax.scan(step, carry, jax.random.split(jax.random.fold_in(key, 1), STEPS))[0][0]


def run():
    images, labels = digits()
    rng = np.random.default_rng(0)
    bars = rng.integers(0, 4, len(images))
    barred = np.maximum(images, BARS.reshape(4, 64)[bars])
    rows = np.arange(len(images))
    plain_rows, target_rows = train_test_split(rows, test_size=0.67, random_state=0)
    seen, new = train_test_split(target_rows, test_size=0.5, random_state=0)
    train = jax.jit(jax.vmap(trained, in_axes=(None, None, None, 0)))
    keys = jax.random.split(jax.random.key(0), SEEDS)
    information, probes = [], []
    for weight in WEIGHTS:
        all_params = train(jnp.asarray(images[plain_rows]), jnp.asarray(barred[seen]), weight, keys)
        for seed in range(SEEDS):
            params = jax.tree.map(lambda leaf, seed=seed: leaf[seed], all_params)
            old, fresh = (
                [np.asarray(z, dtype=float) for z in codes(params, jnp.asarray(barred[r]))] for r in (seen, new)
            )
            information.append(float(kde_mi_value(jnp.asarray(fresh[0]), jnp.asarray(fresh[1]), tau=0.1)))
            probes.append(
                [
                    KNeighborsClassifier(10).fit(old[side], truth[seen]).score(fresh[side], truth[new])
                    for side in (0, 1)
                    for truth in (labels, bars)
                ]
            )
    information = np.reshape(information, (len(WEIGHTS), SEEDS))
    probes = np.reshape(probes, (len(WEIGHTS), SEEDS, 4))

    made, (left, right) = figure(2)
    places = np.arange(len(WEIGHTS))
    left.plot(places, information, "o", color=GREY, markersize=4)
    left.plot(places, information.mean(axis=1), "o-", color=BLUE)
    left.set_xticks(places, [f"{w:g}" for w in WEIGHTS])
    left.set(xlabel="weight of k-JEM", ylabel="I(c; s) by kernels, nats", ylim=(0, None))
    names = ("digit from c", "bar from c", "digit from s", "bar from s")
    for j, (name, colour, style) in enumerate(
        zip(names, (BLUE, BLUE, ORANGE, ORANGE), ("-", "--", "--", "-"), strict=True)
    ):
        right.plot(places, probes[:, :, j].mean(axis=1), style, marker="o", color=colour, label=name, markersize=4)
    right.set_xticks(places, [f"{w:g}" for w in WEIGHTS])
    right.set(xlabel="weight of k-JEM", ylabel="accuracy of nearest neighbours", ylim=(0, 1.02))
    right.legend(frameon=False, fontsize="small")

    rows = [
        (
            f"{w:g}",
            f"{information[i].mean():.3f} ({information[i].min():.3f} to {information[i].max():.3f})",
            *(f"{100 * a:.0f} %" for a in probes[i].mean(axis=0)),
        )
        for i, w in enumerate(WEIGHTS)
    ]
    text = f"""Means of {SEEDS} starts, in brackets the least and the largest.

{table(("weight of k-JEM", "I(c; s), nats", *names), rows)}

- **k-JEM lowers I(c; s)**, from {information[0].mean():.2f} nats without it to {information[1].mean():.2f} at weight
  1 and
  {information[-1].mean():.2f} at weight {WEIGHTS[-1]:g}. As published.
- **The common code loses the bar**: nearest neighbours find it in {100 * probes[0, :, 1].mean():.0f} % of images
  without
  k-JEM and in {100 * probes[1, :, 1].mean():.0f} % with weight 1, where guessing finds 25 %. The place so freed goes
  to
  the digit, {100 * probes[0, :, 0].mean():.0f} % without and {100 * probes[1, :, 0].mean():.0f} % with.
- **The salient code keeps the bar**, {100 * probes[1, :, 3].mean():.0f} % at weight 1, and tells little of the digit:
  {100 * probes[1, :, 2].mean():.0f} %, where guessing finds 10 %. At weight {WEIGHTS[-1]:g} it begins to pay,
  {100 * probes[-1, :, 3].mean():.0f} % for the bar.

**Where it differs.** The paper weighs the constraint on background codes by 1,000 and k-JEM by 10 with networks for
photographs; here 10 and 1 do. Its digits and bars are image sets. Kernel information is biased by the width of the
kernel, so
the values rank the runs; they are not to be read as nats of anything else."""
    return text, made
