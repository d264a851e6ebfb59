"""# An information bottleneck between two views

{cite:t}`xiao2024` distil one modality by what it tells of another: a code B of X0 minimises I(X0; B) - beta I(B; X1),
the information bottleneck, with the rate of the code for the first term and a decoder for the second. **They found**
that such compact codes, made from text, video and sound one after the other, predict sarcasm and sentiment better than
models that fuse all modalities alike.

**Here** X0 is the left half of one of scikit-learn's digits and X1 the right half, given as the nearest of sixteen
typical right halves (by k-means), so that its entropy is known. For each of ten values of beta a small encoder and
decoder learn by `bottleneck_lagrangian`. On images not seen in training, `vae_rate` then bounds what the code knows of
X0 from above, `decoder_mi` bounds from below what it keeps of X1, by {cite:t}`barber2003`, and a linear rule names
the digit, which no code was told, from the code.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from common import BLUE, GREEN, GREY, ORANGE, digits, figure, table
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from mitk.measures import bottleneck_lagrangian, clustering_complexity, decoder_mi, gaussian_rate, vae_rate

BETAS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
SHAPES, CODE, HIDDEN, BATCH, STEPS, RATE = 16, 6, 64, 128, 3000, 2e-3
DRAWS, LIMIT = 16, 8.0


def weights(rng):
    sizes = ((32, HIDDEN), (HIDDEN, 2 * CODE), (CODE, HIDDEN), (HIDDEN, SHAPES))
    return [(jnp.asarray(rng.normal(size=s) / np.sqrt(s[0]), jnp.float32), jnp.zeros(s[1])) for s in sizes]


def encode(params, x):
    (w1, b1), (w2, b2) = params[:2]
    mu, logvar = jnp.split(jnp.tanh(x @ w1 + b1) @ w2 + b2, 2, axis=-1)
    return mu, jnp.clip(logvar, -LIMIT, LIMIT)


def log_decoder(params, mu, logvar, y, noise):
    """ln q(y|z) of drawn codes."""
    (w1, b1), (w2, b2) = params[2:]
    z = mu + jnp.exp(0.5 * logvar) * noise
    logits = jax.nn.log_softmax(jnp.tanh(z @ w1 + b1) @ w2 + b2)
    return jnp.take_along_axis(logits, jnp.broadcast_to(y, logits.shape[:-1])[..., None], axis=-1)[..., 0]


@jax.jit
def trained(params, x, y, beta, batches, key):
    optimiser = optax.adam(RATE)

    def loss(params, rows, noise):
        mu, logvar = encode(params, x[rows])
        return bottleneck_lagrangian(
            gaussian_rate(mu, logvar), log_decoder(params, mu, logvar, y[rows], noise), beta
        ) / (1.0 + beta)

    def step(carry, rows):
        params, moments, key = carry
        key, noise = jax.random.split(key)
        slope = jax.grad(loss)(params, rows, jax.random.normal(noise, (BATCH, CODE)))
        change, moments = optimiser.update(slope, moments)
        return (optax.apply_updates(params, change), moments, key), None

    return jax.lax.scan(step, (params, optimiser.init(params), key), batches)[0][0]


def run():
    images, labels = digits()
    halves = images.reshape(-1, 8, 8)
    left, right = halves[:, :, :4].reshape(-1, 32), halves[:, :, 4:].reshape(-1, 32)
    seen, new = train_test_split(np.arange(len(labels)), test_size=0.5, random_state=0, stratify=labels)
    shapes = KMeans(SHAPES, n_init=3, random_state=0).fit(right[seen]).predict(right)
    entropy = clustering_complexity(shapes, unit="nats")
    rng = np.random.default_rng(0)
    first, batches = weights(rng), rng.integers(0, len(seen), (STEPS, BATCH))
    noise = jnp.asarray(rng.normal(size=(DRAWS, len(new), CODE)), jnp.float32)
    # By beta, of images seen and of new ones.
    rates, kept, named = [], [], []
    for beta in BETAS:
        params = trained(first, jnp.asarray(left[seen], jnp.float32), shapes[seen], beta, batches, jax.random.key(0))
        rates.append([])
        kept.append([])
        sides = []
        for rows in (seen, new):
            mu, logvar = encode(params, left[rows])
            logs = log_decoder(params, mu, logvar, shapes[rows], noise[:, : len(rows)]).mean(axis=0)
            rates[-1].append(vae_rate(np.asarray(mu, float), np.asarray(logvar, float)))
            kept[-1].append(decoder_mi(np.asarray(logs, float), entropy))
            sides.append(np.asarray(mu + jnp.exp(0.5 * logvar) * noise[0, : len(rows)]))
        named.append(digits_named(*sides, labels[seen], labels[new]))
    one, both = (digits_named(side[seen], side[new], labels[seen], labels[new]) for side in (left, images))

    rate, value = (np.array([[side.value for side in pair] for pair in found]) for found in (rates, kept))
    best = int(value[:, 1].argmax())
    made, axes = figure(2)
    for side, (name, colour) in enumerate((("images seen in training", ORANGE), ("new images", BLUE))):
        low, high = (np.array([getattr(pair[side].ci, end) for pair in kept]) for end in ("low", "high"))
        axes[0].plot(rate[:, side], value[:, side], "-o", color=colour, markersize=4, label=name)
        axes[0].fill_between(rate[:, side], low, high, color=colour, alpha=0.2, linewidth=0)
    line = np.geomspace(1e-3, entropy, 50)
    axes[0].plot(line, line, color=GREY, linewidth=0.8, linestyle="--", label="all of the rate kept")
    axes[0].axhline(entropy, color=GREY, linewidth=0.8, linestyle=":", label="entropy of X1")
    axes[0].set(ylabel="kept of X1 at least, nats")
    axes[1].plot(rate[:, 1], named, "-o", color=GREEN, markersize=4, label="the code")
    for share, style, name in ((one, "--", "pixels of X0"), (both, ":", "pixels of both halves")):
        axes[1].axhline(share, color=GREY, linewidth=0.8, linestyle=style, label=name)
    axes[1].set(ylabel="share of new digits named", ylim=(0, 1))
    axes[0].legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(0.0, 0.93))
    axes[1].legend(frameon=False, fontsize="small", loc="lower right")
    for axis in axes:
        axis.set_xscale("symlog", linthresh=1.0)
        axis.set_xticks([0, 0.5, 1, 2, 5, 10, 20, 50], ["0", "0.5", "1", "2", "5", "10", "20", "50"])
        axis.minorticks_off()
        axis.set(xlabel="rate: known of X0 at most, nats", xlim=(-0.05, 60))

    rows = [
        (f"{beta:g}", *(f"{n:.2f}" for n in (r[0], k[0], r[1], k[1])), f"{k[0] - k[1]:.2f}", f"{100 * share:.0f} %")
        for beta, r, k, share in zip(BETAS, rate, value, named, strict=True)
    ]
    header = ("beta", "rate, seen", "kept, seen", "rate, new", "kept, new", "lost on new images", "digits named")
    # How much of each further nat of rate is kept, from one beta to the next.
    share = np.diff(value[:, 1]) / np.diff(rate[:, 1])
    steep, top = int(share[:best].argmax()), int(np.argmax(named))
    end = kept[-1][1]
    text = f"""In nats; X1 has {entropy:.2f}. Codes are drawn with their noise; the last column is of new images.

{table(header, rows)}

- **Below beta 1 the code is empty**, as it must be: the rate at beta {BETAS[0]:g} is {rate[0, 1]:.3f} nats.
- **A nat of rate keeps most** from beta {BETAS[steep]:g} to {BETAS[steep + 1]:g}: {100 * share[steep]:.0f} % of it, on
  new images. From {BETAS[best - 1]:g} to {BETAS[best]:g} it keeps {100 * share[best - 1]:.0f} %.
- **On new images the most is kept at beta {BETAS[best]:g}**: {value[best, 1]:.2f} nats
  (95 % interval {kept[best][1].ci.low:.2f} to {kept[best][1].ci.high:.2f}) at a rate of {rate[best, 1]:.1f}. At beta
  {BETAS[-1]:g} it is {end.value:.2f} ({end.ci.low:.2f} to {end.ci.high:.2f}) at {rate[-1, 1]:.1f}, while
  {value[-1, 0]:.2f} nats are kept of the images seen. A wide bottleneck lets the decoder learn images by heart.
- **Digits**: the code names {100 * named[best]:.0f} % at beta {BETAS[best]:g} and at most {100 * named[top]:.0f} %, at
  beta {BETAS[top]:g}. The same rule names
  {100 * one:.0f} % by the pixels of the left half and {100 * both:.0f} % by those of both.

**Where it differs.** {verdict(named[top], one)} The paper's modalities are words, pictures and sound, its decoder is
judged by squared errors and its divergence is a mean over dimensions, so that nothing there is in nats, and its codes
are trained together with the task."""
    return text, made


def digits_named(codes, new_codes, labels, new_labels):
    """Share of new images whose digit a linear rule finds."""
    return LogisticRegression(max_iter=2000).fit(codes, labels).score(new_codes, new_labels)


def verdict(code, pixels):
    if code > pixels:
        return "As published, a code distilled by another view serves the task better than its input."
    return "That a distilled code serves a task better than its input did not come out."
