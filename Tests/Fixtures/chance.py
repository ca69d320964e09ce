"""Intervals of proportions and McNemar's test as statsmodels computes them, and a bootstrap interval as SciPy does."""
import json
import pathlib

import numpy as np
from scipy.stats import bootstrap
from sklearn.metrics import f1_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

PROPORTIONS = [(0, 1), (1, 1), (0, 12), (12, 12), (1, 12), (230, 280), (246, 280), (640, 734), (734, 734), (4999, 10000)]
PAIRS = [(0, 0), (1, 0), (0, 6), (5, 5), (15, 8), (8, 15), (30, 12), (400, 460), (1500, 1400)]


def intervals():
    return [{"hits": h, "total": n, "interval": proportion_confint(h, n, method="wilson")} for h, n in PROPORTIONS]


def tests():
    return [{"first": a, "second": b, "p": float(mcnemar([[50, a], [b, 9]], exact=True).pvalue)} for a, b in PAIRS]


def macro_f1():
    generator = np.random.default_rng(7)
    labels = np.repeat(np.arange(5), [48, 68, 49, 53, 62])
    guesses = np.where(generator.random(280) < 0.85, labels, generator.integers(0, 5, 280))
    counts = np.zeros((5, 5), int)
    np.add.at(counts, (labels, guesses), 1)
    result = bootstrap(
        (labels, guesses), lambda a, b: f1_score(a, b, average="macro"), paired=True, vectorized=False,
        method="percentile", n_resamples=9999, random_state=generator)
    return {"counts": counts.ravel().tolist(), "interval": list(result.confidence_interval)}


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"proportions": intervals(), "pairs": tests(), "macro_f1": macro_f1()}, indent=1) + "\n")
