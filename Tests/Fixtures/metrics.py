"""Metrics of made-up predictions by scikit-learn, NumPy and SciPy."""
import warnings

import fixture
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

warnings.filterwarnings("ignore")
PHOTOS, CLASSES = 600, 6
logits = 4 * fixture.hash_values("metrics/logits", PHOTOS * CLASSES).reshape(PHOTOS, CLASSES)
# Class 4 is never predicted, and class 5 has no photo.
labels = (np.arange(PHOTOS) * 7) % 5
logits[np.arange(PHOTOS), labels] += 2.5
logits[:, 4] = -4.5
logits[::50, 5] += 9


def softmax(values):
    e = np.exp(values - values.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# The first photos have confidences exactly at the bounds of bins.
probabilities = softmax(logits).astype(np.float32)
for row, certainty in enumerate((1.0, 0.6, 0.8, 0.4)):
    probabilities[row] = 0
    probabilities[row, row % 4] = certainty
    other = labels[row] if labels[row] != row % 4 else 5
    probabilities[row, other] += np.float32(1) - np.float32(certainty)
predicted = probabilities.argmax(axis=1)
confidence = probabilities.max(axis=1).astype(np.float64)
right = predicted == labels


def calibration(p, bins):
    """Guo et al.'s error, from scikit-learn's bins."""
    sure, hit = p.max(axis=1).astype(np.float64), p.argmax(axis=1) == labels
    accuracy, mean = calibration_curve(hit, sure, n_bins=bins, strategy="uniform")
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], sure), minlength=bins)
    error = (counts[counts > 0] * np.abs(accuracy - mean)).sum() / len(p)
    return accuracy, mean, counts, error


logs = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny).astype(np.float64))


def loss(temperature):
    return log_loss(labels, softmax(logs / temperature), labels=range(CLASSES))


best = minimize_scalar(loss, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-10})
scaled = softmax(logs / best.x).astype(np.float32)
thresholds = np.linspace(0, 1, 21)
kept = [confidence >= t for t in thresholds]
tensors = {
    "probabilities": probabilities, "labels": labels.astype(np.int64),
    "confusion": confusion_matrix(labels, predicted, labels=range(CLASSES)).astype(np.int64),
    "temperature": np.array([best.x]), "losses": np.array([loss(1), best.fun]),
    "thresholds": thresholds, "coverage": np.array([k.mean() for k in kept]),
    "coverage/accuracy": np.array([right[k].mean() if k.any() else np.nan for k in kept]),
}
for name, average in (("classes", None), ("macro", "macro"), ("weighted", "weighted")):
    values = precision_recall_fscore_support(
        labels, predicted, labels=range(CLASSES), average=average, zero_division=np.nan)
    for kind, value in zip(("precision", "recall", "f1"), values):
        tensors[f"{name}/{kind}"] = np.atleast_1d(value).astype(np.float64)
for bins in (15, 10):
    accuracy, mean, counts, error = calibration(probabilities, bins)
    tensors |= {
        f"bins_{bins}/accuracy": accuracy, f"bins_{bins}/confidence": mean,
        f"bins_{bins}/counts": counts.astype(np.int64), f"bins_{bins}/error": np.array([error]),
        f"bins_{bins}/error_after": np.array([calibration(scaled, bins)[3]]),
    }
fixture.save_tensors("metrics", tensors)
print(tensors["confusion"], best.x, loss(1), best.fun, tensors["bins_15/error"], tensors["bins_15/error_after"])
