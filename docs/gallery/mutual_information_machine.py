"""# The mutual information machine and its contrastive kin

A mutual information machine (MIM) of {cite:t}`livne2019` is an autoencoder whose loss bounds the joint entropy of image
and code, so that the code should keep more of the image than that of a variational autoencoder. {cite:t}`livne2025`
adds a contrastive term, cMIM, which compares a code with the mean over other codes and needs no second view of the
image. **They found** that MIM's codes know more of the input than a VAE's; that cMIM's name classes better than those
of MIM and of InfoNCE, hardly depend on the batch, and reconstruct as well as MIM's.

**Here** a small autoencoder with a code of eight numbers learns scikit-learn's digits by each loss, in batches of 16
and of 256, from three starts. InfoNCE compares the cosines of two views of an image, in each of which 30 % of the
pixels are left out; its decoder is trained beside it and tells the encoder nothing. The five nearest codes, by cosine,
then name the digits of images not seen in training, and the decoder draws those images from the means of their codes.
"""

import functools
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
from common import BLUE, GREEN, GREY, ORANGE, digits, figure, table
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from mitk.measures import aggregate_kl_gap, cmim, gaussian_rate, mim
from mitk.objectives import infonce

LOSSES = {"VAE": GREY, "MIM": BLUE, "cMIM": ORANGE, "InfoNCE": GREEN}
BATCHES, STARTS = (16, 256), 3
CODE, HIDDEN, STEPS, RATE = 8, 64, 1500, 2e-3
TEMPERATURE, DROPPED = 0.1, 0.3
# Bounds of the log variances of a code: MIM would make them ever smaller.
LIMIT = 6.0


def weights(rng):
    sizes = ((64, HIDDEN), (HIDDEN, 2 * CODE), (CODE, HIDDEN), (HIDDEN, 64))
    return [(jnp.asarray(rng.normal(size=s) / np.sqrt(s[0]), jnp.float32), jnp.zeros(s[1])) for s in sizes]


def encode(params, x):
    (w1, b1), (w2, b2) = params[:2]
    mu, logvar = jnp.split(jnp.tanh(x @ w1 + b1) @ w2 + b2, 2, axis=-1)
    return mu, LIMIT * jnp.tanh(logvar / LIMIT)


def decode(params, z):
    (w1, b1), (w2, b2) = params[2:]
    return jnp.tanh(z @ w1 + b1) @ w2 + b2


def log_normal(z, mu, logvar):
    return -0.5 * jnp.sum((z - mu) ** 2 * jnp.exp(-logvar) + logvar + np.log(2.0 * np.pi), axis=1)


def cosines(a, b):
    a, b = (side / jnp.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
    return a @ b.T


def loss_of(name, params, x, noise, kept):
    mu, logvar = encode(params, x)
    z = mu + jnp.exp(0.5 * logvar) * noise
    logits = decode(params, jax.lax.stop_gradient(mu) if name == "InfoNCE" else z)
    log_px_z = -jnp.sum(jax.nn.softplus(logits) - x * logits, axis=1)
    if name == "VAE":
        return jnp.mean(gaussian_rate(mu, logvar) - log_px_z)
    if name == "InfoNCE":
        views = [encode(params, x * part)[0] for part in kept]
        return -infonce(cosines(*views) / TEMPERATURE, "symmetric") - jnp.mean(log_px_z)
    densities = log_px_z, log_normal(z, 0.0, jnp.zeros_like(z)), log_normal(z, mu, logvar)
    return mim(*densities) if name == "MIM" else cmim(*densities, z, TEMPERATURE)


@functools.partial(jax.jit, static_argnames="name")
def trained(params, images, batches, key, name):
    """Weights after a step on each row of `batches`, row numbers of images (steps, batch)."""
    optimiser = optax.adam(RATE)

    def step(carry, rows):
        params, moments, key = carry
        key, noise, kept = jax.random.split(key, 3)
        noise = jax.random.normal(noise, (len(rows), CODE))
        kept = jax.random.bernoulli(kept, 1.0 - DROPPED, (2, len(rows), 64))
        slope = jax.grad(lambda p: loss_of(name, p, images[rows], noise, kept))(params)
        change, moments = optimiser.update(slope, moments)
        return (optax.apply_updates(params, change), moments, key), None

    return jax.lax.scan(step, (params, optimiser.init(params), key), batches)[0][0]


def named(codes, labels, new_codes, new_labels):
    """Share of new images whose digit their five nearest neighbours name."""
    return KNeighborsClassifier(5, metric="cosine").fit(codes, labels).score(new_codes, new_labels)


def run():
    # Lower bounds at their ceiling are shown beside it.
    warnings.filterwarnings("ignore", "The lower bound")
    images, labels = digits()
    seen, new, seen_labels, new_labels = train_test_split(
        images, labels, test_size=0.5, random_state=0, stratify=labels
    )
    # By loss, batch and start: accuracy, squared error, rate, lower bound, term of cMIM.
    found = np.empty((len(LOSSES), len(BATCHES), STARTS, 5))
    for j, batch in enumerate(BATCHES):
        for s in range(STARTS):
            rng = np.random.default_rng(s)
            first, rows = weights(rng), rng.integers(0, len(seen), (STEPS, batch))
            for i, name in enumerate(LOSSES):
                params = trained(first, jnp.asarray(seen, jnp.float32), rows, jax.random.key(s), name)
                mu, logvar = (np.asarray(side, dtype=float) for side in encode(params, new))
                bounds = aggregate_kl_gap(mu, logvar, confidence=None)
                drawn = np.asarray(jax.nn.sigmoid(decode(params, mu)))
                found[i, j, s] = (
                    named(np.asarray(encode(params, seen)[0]), seen_labels, mu, new_labels),
                    np.mean((drawn - new) ** 2),
                    bounds.rate.value,
                    bounds.lower.value,
                    float(cmim(*3 * (np.zeros(len(mu), np.float32),), mu, TEMPERATURE)),
                )
    pixels = named(seen, seen_labels, new, new_labels)
    accuracy, error = 100 * found[..., 0], found[..., 1]
    mean = found.mean(axis=2)
    vae, machine, contrastive, views = range(4)

    made, axes = figure(2)
    places = np.arange(len(BATCHES))
    for i, (name, colour) in enumerate(LOSSES.items()):
        for axis, numbers in zip(axes, (accuracy[i], error[i]), strict=True):
            axis.plot(places, numbers.mean(axis=1), ":" if name == "cMIM" else "-", color=colour, label=name, zorder=3)
            axis.plot(places.repeat(STARTS) + 0.03 * (i - 1.5), numbers.ravel(), "o", color=colour, markersize=3)
    axes[0].axhline(100 * pixels, color="black", linewidth=0.8, linestyle=":")
    axes[0].text(0.0, 100 * pixels + 0.3, "pixels", fontsize="small")
    axes[0].set(ylabel="% of digits named by neighbours", ylim=(82, 100))
    axes[1].set(ylabel="squared error of a pixel, new images", ylim=(0, None))
    for axis in axes:
        axis.set_xticks(places, [str(b) for b in BATCHES])
        axis.set(xlabel="images in a batch", xlim=(-0.2, 1.2))
    axes[1].legend(frameon=False, fontsize="small", loc="lower left", ncols=2)

    rows = [
        (name, batch, f"{accuracy[i, j].min():.0f} to {accuracy[i, j].max():.0f} %", f"{mean[i, j, 1]:.4f}")
        + (("", "") if name == "InfoNCE" else (f"{mean[i, j, 3]:.2f}", f"{mean[i, j, 2]:.1f}"))
        + (float(mean[i, j, 4]),)
        for i, name in enumerate(LOSSES)
        for j, batch in enumerate(BATCHES)
    ]
    header = ("loss", "batch", "digits named", "squared error", "code knows at least", "and at most", "term of cMIM")
    step = accuracy[:, 1] - accuracy[:, 0]
    text = f"""Means over {STARTS} starts, accuracy from the least to the most; information in nats, on {len(new)} new
images, of which the lower bound can show ln {len(new)} = {np.log(len(new)):.2f} at most. InfoNCE trains no noise of
the code, so its information is left out. The last column is what cMIM adds to MIM's loss, in nats.

{table(header, rows)}

- **MIM against the VAE**: the codes know at least {found[machine, ..., 3].min():.2f} nats, where a VAE's know at most
  {found[vae, ..., 2].max():.2f}, and the squared error is {mean[machine, 1, 1]:.4f} against {mean[vae, 1, 1]:.4f}.
- **cMIM against MIM**: accuracy is {compared(accuracy[contrastive] - accuracy[machine])} points, the squared error
  {mean[contrastive, 1, 1]:.4f} against {mean[machine, 1, 1]:.4f} with {BATCHES[1]} images in a batch. Without being
  asked, MIM's codes leave cMIM's term at {mean[machine, :, 4].max():.2g} nats, so there is {room(mean[machine, :, 4])}.
- **cMIM against InfoNCE**: accuracy is {compared(accuracy[contrastive] - accuracy[views])} points, the squared error
  {mean[contrastive, 1, 1]:.4f} against {mean[views, 1, 1]:.4f}.
- **From batches of {BATCHES[0]} to {BATCHES[1]}** accuracy changes by {step[contrastive].mean():+.1f} points for cMIM,
  {step[machine].mean():+.1f} for MIM and {step[views].mean():+.1f} for InfoNCE; over the starts by
  {spread(step[contrastive])}, {spread(step[machine])} and {spread(step[views])}.
- **Pixels themselves** name {100 * pixels:.0f} %: eight numbers lose some of the digit by any of these losses.

**Where it differs.** {published(accuracy)} The papers' networks are larger, their codes longer, and their images and
molecules harder; hiding pixels is one of many ways to make the views that InfoNCE needs. How much MIM's codes know is
set by the least noise that the encoder may have, a log variance of {-LIMIT:.0f}: the loss alone would let it vanish."""
    return text, made


def spread(differences):
    return f"{differences.min():+.1f} to {differences.max():+.1f}"


def compared(differences):
    """Differences over batches and starts, and whether they agree."""
    if differences.min() > 0:
        return f"higher each time, by {spread(differences)}"
    if differences.max() < 0:
        return f"lower each time, by {spread(differences)}"
    return f"not always on one side, {spread(differences)}"


def room(terms):
    """Whether a term of the loss can still fall."""
    return "nothing left for it to do" if terms.max() < 0.1 else "something left for it to do"


def published(accuracy):
    """Which of the orders of accuracy came out, over batches and starts."""
    machine, contrastive, views = accuracy[1:]
    over_views = "did" if (contrastive - views).min() > 0 else "did not"
    over_machine = "did" if (contrastive - machine).min() > 0 else "did not"
    return f"That cMIM names classes better than InfoNCE {over_views} come out; better than MIM, it {over_machine}."
