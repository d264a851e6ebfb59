"""# What summaries keep of their text

{cite:t}`he2025` see a model that summarises as a noisy channel from text to summary, and measure the mutual
information between
the two with a second model that gives the log-probability of each summary under each text. **They found** that larger
compressors keep more bits in each token (5.4 times as many at 7B as at 1.5B parameters), that what is lost falls
exponentially with the bits per token, and that scaling the compressor helps more than scaling the model that
reads the summary.

**Here** the texts are 256 passages of 200 words from Python's help, and the compressors are small language models
that
draw words from a passage: with weights count times idf to the power alpha. At alpha = 0 they draw words as they
come, at larger alpha
the telling ones. The same model scores, so the bracket of `channel_mi` is valid. One more compressor writes
fluently, by word pairs. Two readers guess the passage from a summary: one counts shared words, the other knows the
compressor.
"""

import warnings
from itertools import pairwise

import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, figure, help_words, table

from mitk.measures import channel_mi, fit_exponential_distortion, rate_per_token

PASSAGES, WORDS, OUTPUTS, LONGEST = 256, 200, 4, 16
POWERS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
BACKGROUND, FLUENT = 0.1, 0.7
LENGTHS = (1, 2, 4, 8, 16)
# Short enough to stay clear of the ceiling.
SHORT = 2


def passages(rng):
    """Words as codes, (256, 200), and the size of the vocabulary."""
    vocabulary, codes = np.unique(help_words(), return_inverse=True)
    whole = codes[: len(codes) // WORDS * WORDS].reshape(-1, WORDS)
    return whole[rng.permutation(len(whole))[:PASSAGES]], len(vocabulary)


def word_laws(texts, size, power):
    """Probability of each word under each passage, (256, size)."""
    counts = np.stack([np.bincount(text, minlength=size) for text in texts]).astype(float)
    idf = np.log(len(texts) / np.maximum((counts > 0).sum(axis=0), 1))
    weights = counts * idf**power
    background = counts.sum(axis=0) / counts.sum()
    return (1 - BACKGROUND) * weights / weights.sum(axis=1, keepdims=True) + BACKGROUND * background


def pair_laws(texts):
    """For each passage, which words follow a word and how often."""
    following = []
    for text in texts:
        after = {}
        for first, second in pairwise(text):
            after.setdefault(first, []).append(second)
        following.append({word: np.array(next_words) for word, next_words in after.items()})
    return following


def drawn(law, rng):
    """Four summaries of 16 words for each passage, drawn one word after another, and all their log-probabilities."""
    cumulative = np.cumsum(law, axis=1)
    words = np.stack([np.searchsorted(c / c[-1], rng.random((OUTPUTS, LONGEST))) for c in cumulative]).reshape(
        -1, LONGEST
    )
    return words, np.log(law[:, words]).transpose(1, 0, 2)


def drawn_fluently(texts, law, rng):
    """The same, each word with probability 0.7 one that follows the last in the passage, where there is one."""
    following = pair_laws(texts)
    cumulative = np.cumsum(law, axis=1)
    words = np.empty((len(texts) * OUTPUTS, LONGEST), dtype=int)
    for row in range(len(words)):
        passage = row // OUTPUTS
        after, alone = following[passage], cumulative[passage] / cumulative[passage, -1]
        for t in range(LONGEST):
            choices = after.get(words[row, t - 1]) if t else None
            follows = choices is not None and rng.random() < FLUENT
            words[row, t] = rng.choice(choices) if follows else np.searchsorted(alone, rng.random())
    p = law[:, words].transpose(1, 0, 2).copy()
    for passage, after in enumerate(following):
        for t in range(1, LONGEST):
            for row in range(len(words)):
                choices = after.get(words[row, t - 1])
                if choices is not None:
                    share = np.mean(choices == words[row, t])
                    p[row, passage, t] = FLUENT * share + (1 - FLUENT) * p[row, passage, t]
    return words, np.log(p)


def lost(scores):
    """Share of summaries whose passage a reader does not guess."""
    return float(np.mean(scores.argmax(axis=1) != np.repeat(np.arange(PASSAGES), OUTPUTS)))


def run():
    rng = np.random.default_rng(0)
    texts, size = passages(rng)
    names = [f"alpha = {power:g}" for power in POWERS] + ["fluent"]
    summaries = [drawn(word_laws(texts, size, power), rng) for power in POWERS]
    summaries.append(drawn_fluently(texts, word_laws(texts, size, 0.0), rng))
    lows, highs = np.empty((2, len(names), len(LENGTHS)))
    with warnings.catch_warnings():
        # Longer summaries reach the ceiling, which is part of the picture.
        warnings.simplefilter("ignore")
        for i, (_, logp) in enumerate(summaries):
            for j, length in enumerate(LENGTHS):
                total = logp[:, :, :length].sum(axis=2)
                lows[i, j] = channel_mi(total, unit="bits", confidence=None).value
                highs[i, j] = channel_mi(total, include_self=False, unit="bits", confidence=None).value
        short = [channel_mi(logp[:, :, :SHORT].sum(axis=2), unit="bits") for _, logp in summaries]
    rates = [rate_per_token(result, SHORT) for result in short]
    used = np.stack([np.bincount(text, minlength=size) for text in texts]) > 0
    counting = [lost(used[:, words[:, :SHORT]].sum(axis=2).T) for words, _ in summaries]
    knowing = [lost(logp[:, :, :SHORT].sum(axis=2)) for _, logp in summaries]
    law = fit_exponential_distortion(rates[:-1], knowing[:-1])

    made, (left, right) = figure(2)
    for i, colour in ((0, GREY), (2, BLUE), (4, GREEN), (6, ORANGE)):
        left.plot(LENGTHS, lows[i], "o-", color=colour, label=names[i], markersize=4)
        left.fill_between(LENGTHS, lows[i], np.minimum(highs[i], 14), color=colour, alpha=0.2, linewidth=0)
    left.axhline(np.log2(PASSAGES), color="black", linewidth=0.8, linestyle="--")
    left.text(1.0, np.log2(PASSAGES) + 0.15, "log2 N, the most 256 texts can show", fontsize="small")
    left.set(xscale="log", xlabel="words in a summary", ylabel="mutual information, bits", ylim=(0, 11))
    left.set_xticks(LENGTHS, [str(length) for length in LENGTHS])
    left.minorticks_off()
    left.legend(frameon=False, fontsize="small", loc="lower right")
    grid = np.linspace(min(rates) * 0.95, max(rates) * 1.02, 100)
    right.plot(rates[:-1], knowing[:-1], "o", color=BLUE, label="reader that knows the compressor")
    right.plot(grid, law(grid), color=BLUE, linewidth=1)
    right.plot(rates[:-1], counting[:-1], "s", color=ORANGE, label="reader that counts shared words")
    right.plot(rates[-1:], knowing[-1:], "*", color=BLUE, markersize=11)
    right.plot(rates[-1:], counting[-1:], "*", color=ORANGE, markersize=11, label="fluent compressor")
    right.set(xlabel=f"bits per word, summaries of {SHORT} words", ylabel="passages not guessed", ylim=(0, None))
    right.legend(frameon=False, fontsize="small", loc="lower left")

    rows = [
        (name, f"{low:.2f} to {high:.2f}", f"{result.ci.low:.2f} to {result.ci.high:.2f}", rate, a, b)
        for name, low, high, result, rate, a, b in zip(
            names,
            lows[:, LENGTHS.index(SHORT)],
            highs[:, LENGTHS.index(SHORT)],
            short,
            rates,
            knowing,
            counting,
            strict=True,
        )
    ]
    header = (
        "compressor",
        "bits, lower to upper",
        "95 % of the lower",
        "bits per word",
        "lost, knowing",
        "lost, counting",
    )
    best = int(np.argmax(rates[:-1]))
    text = f"""Summaries of two words:

{table(header, rows)}

- **A better compressor keeps more in each word**: {max(rates[:-1]) / rates[0]:.1f} times as many bits at
  {names[best]} as when words are
  drawn as they come, at the same length. The paper's factor of 5.4 is between language models, and for whole
  summaries.
- **Loss falls with the rate**: D(R) = {law.scale:.2f} exp(-{law.decay:.2f} R) + {law.floor:.2f} explains
  {100 * law.r_squared:.1f} % of the variance (R in bits per word). This is as published.
- **Compressor against reader**: the best compressor takes {100 * (counting[0] - min(counting)):.0f} points off the
  loss of the
  reader that counts, the better reader {100 * (counting[0] - knowing[0]):.0f} points for words as they come. Here
  too the compressor
  is worth more.
- **Fluency** adds to words drawn as they come: {rates[-1]:.2f} bits each against {rates[0]:.2f}, since pairs of
  words give a passage
  away. Only a reader that knows the compressor gains by it; the one that counts words loses {100 * counting[-1]:.0f}
  %, against
  {100 * counting[0]:.0f} %.
- **Ceiling**: at {LONGEST} words the lower bounds stand at {lows[:, -1].min():.2f} to {lows[:, -1].max():.2f} bits
  of log2 N =
  {np.log2(PASSAGES):.0f}, and the upper bounds leave the picture: with 256 texts nothing can be said there.

**Where it differs.** The paper's compressors are large language models scored by another model, which keeps the
lower bound
valid but not the upper; its figures are in nats where it writes bits. Here scorer and compressor are one, and
everything is in bits."""
    return text, made
