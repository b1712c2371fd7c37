"""Known answers for the statistics of teachback-core, worked out independently of the Rust code.

    pip install numpy scipy mpmath
    python statistics.py            # writes statistics.json beside this file

Item analysis uses numpy and scipy.stats; the 27 % groups follow the algorithm of Canvas's item_analysis/summary.rb.
Everything with gamma functions or tails is computed by mpmath with 60 digits from the formulas as printed (K1, K2,
K3), without the rearrangements that the Rust code needs to be accurate. The seed is fixed: the file is reproducible.
"""

import json
import math
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 60
rng = np.random.default_rng(20261121)


def constant(values):
    return len(values) < 2 or float(np.ptp(values)) < 1e-9


def pearson(a, b):
    return None if constant(a) or constant(b) else float(stats.pearsonr(a, b).statistic)


def canvas_d27(x, total, max_mark):
    ranked = sorted(zip(total, x), key=lambda pair: pair[0])
    n = len(ranked)

    def floor_of(cutoff):
        floor = math.floor(cutoff * n + 0.5)
        floor_score = ranked[floor][0] if floor < n else None
        while floor > 0 and ranked[floor - 1][0] == floor_score:
            floor -= 1
        return floor

    top = [x for _, x in ranked[floor_of(0.73):]]
    bottom = [x for _, x in ranked[: floor_of(0.27)]]
    if not top or not bottom:
        return None
    return float(np.mean(top) - np.mean(bottom)) / max_mark


def item_case(x, total, max_mark):
    x, total = np.asarray(x, float), np.asarray(total, float)
    rest = total - x
    varied = not constant(x) and not constant(rest)
    return {
        "x": x.tolist(),
        "total": total.tolist(),
        "max_mark": max_mark,
        "known": {
            "n": len(x),
            "facility": float(np.mean(x)) / max_mark,
            "sd": float(np.std(x, ddof=1)) / max_mark if len(x) > 1 else None,
            "item_rest": pearson(x, rest),
            "item_total": pearson(x, total),
            "d27": canvas_d27(x, total, max_mark),
            "efficiency": float(np.cov(x, rest)[0, 1] / np.cov(np.sort(x), np.sort(rest))[0, 1]) if varied else None,
        },
    }


def item_cases():
    yield item_case([1], [3], 1.0)
    yield item_case([1, 0], [3, 1], 1.0)
    yield item_case([1, 1, 1, 1], [3, 4, 5, 6], 1.0)
    yield item_case([1, 0, 1, 0], [5, 4, 5, 4], 1.0)
    yield item_case([0] * 5 + [1] * 5, range(10), 1.0)
    for n, items, max_mark in [(11, 5, 1.0), (50, 10, 1.0), (150, 8, 2.5), (401, 20, 4.0)]:
        ability = rng.normal(size=n)
        difficulty = rng.normal(size=items)
        chance = 1 / (1 + np.exp(difficulty - ability[:, None]))
        # Quarters of the mark: exact in binary, so ties of totals are ties in any order of adding.
        marks = rng.binomial(4, chance) / 4 * max_mark
        yield item_case(marks[:, 0], marks.sum(axis=1), max_mark)
        yield item_case(max_mark - marks[:, 1], marks.sum(axis=1) - 2 * marks[:, 1] + max_mark, max_mark)


def assessment_case(marks):
    marks = np.asarray(marks, float)
    totals = marks.sum(axis=1)
    n, items = marks.shape
    variances = np.var(marks, axis=0, ddof=1) if n > 1 else np.zeros(items)
    varied = not constant(totals)
    alpha = None
    if varied and items >= 2:
        covariance = np.cov(marks, rowvar=False)
        alpha = float(items / (items - 1) * (1 - np.trace(covariance) / covariance.sum()))
    sd = float(np.std(totals, ddof=1)) if n > 1 else None
    ratio = math.sqrt(1 - alpha) if alpha is not None and alpha <= 1 else None
    return {
        "totals": totals.tolist(),
        "variances": variances.tolist(),
        "known": {
            "n": n,
            "mean": float(np.mean(totals)),
            "sd": sd,
            "skewness": float(stats.skew(totals, bias=False)) if varied and n >= 3 else None,
            "kurtosis": float(stats.kurtosis(totals, bias=False)) if varied and n >= 4 else None,
            "alpha": alpha,
            "error_ratio": ratio,
            "standard_error": ratio * sd if ratio is not None else None,
        },
    }


def assessment_cases():
    yield assessment_case([[1, 1]])
    yield assessment_case([[1, 0], [0, 1]])
    yield assessment_case([[1, 1], [0, 0]])
    yield assessment_case([[1, 1, 0], [0, 0, 1], [1, 1, 1]])
    yield assessment_case([[1], [2], [3], [7]])
    yield assessment_case([[3, 0], [0, 2], [4, 0], [1, 2], [0, 3]])
    for n, items in [(30, 6), (250, 12), (1000, 20)]:
        ability = rng.normal(size=n)
        chance = 1 / (1 + np.exp(rng.normal(size=items) - ability[:, None]))
        yield assessment_case(rng.binomial(3, chance))


def proportion_case(successes, n, alpha):
    s, f, half = mp.mpf(successes), mp.mpf(n - successes), mp.mpf(1) / 2
    constant_part = mp.log(mp.beta(half + s, half + f)) if n < 10**4 else (
        mp.loggamma(half + s) + mp.loggamma(half + f) - mp.loggamma(1 + s + f))
    constant_part -= mp.log(mp.beta(half, half))
    threshold = -mp.log(mp.mpf(alpha))

    def inside(p):
        of_s = s * mp.log(p) if successes else 0
        of_f = f * mp.log(1 - p) if n > successes else 0
        return constant_part - of_s - of_f < threshold

    def border(inner, outer):
        for _ in range(120):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if inside(middle) else (inner, middle)
        return (inner + outer) / 2

    observed = s / n
    lo = mp.mpf(0) if successes == 0 else border(observed, mp.mpf(0) + mp.mpf(10) ** -50)
    hi = mp.mpf(1) if successes == n else border(observed, mp.mpf(1) - mp.mpf(10) ** -50)
    return {"successes": successes, "n": n, "alpha": alpha, "lo": float(lo), "hi": float(hi)}


def proportion_cases():
    for alpha in [0.05, 0.01]:
        for n in [1, 2, 5, 15, 16, 17, 31, 32, 33, 100, 1000, 10**5, 10**7, 10**9]:
            for successes in sorted({0, 1, n // 1000, n // 10, 3 * n // 10, n // 2, n - 1, n}):
                yield proportion_case(successes, n, alpha)


def mixture_sequence(estimate, variance, tau, alpha):
    information, prior = 1 / mp.mpf(variance), 1 / mp.mpf(tau) ** 2
    total = information + prior
    margin = mp.mpf(variance) * mp.sqrt(total * mp.log(total / (prior * mp.mpf(alpha) ** 2)))
    return float(mp.mpf(estimate) - margin), float(mp.mpf(estimate) + margin)


def mixture_sequence_cases():
    for estimate in [-0.3, 0.0, 0.25, 7.5]:
        for variance in [1e-8, 1e-3, 0.04, 2.0]:
            for tau in [0.05, 0.18, 0.5]:
                for alpha in [0.05, 0.001]:
                    lo, hi = mixture_sequence(estimate, variance, tau, alpha)
                    yield {"estimate": estimate, "variance": variance, "tau": tau, "alpha": alpha, "lo": lo, "hi": hi}


def correlation_cases():
    for r in [-0.9, -0.2, 0.0, 0.15, 0.5, 0.99]:
        for n in [20, 60, 500, 10**6]:
            variance = (1 - mp.mpf(r) ** 2) ** 2 / (n - 1)
            lo, hi = mixture_sequence(r, variance, mp.mpf(0.18), 0.05)
            yield {"r": r, "n": n, "alpha": 0.05, "lo": max(lo, -1.0), "hi": min(hi, 1.0)}


def kaplan_meier_case(places, alpha):
    z = stats.norm.isf(alpha / 2)
    estimates = []
    for end in range(1, len(places) + 1):
        seen = np.array([place for place in places[:end] if place[0] > 0], float).reshape(-1, 2)
        n, d = seen[:, 0], seen[:, 1]
        survival = float(np.prod(1 - d / n))
        at_risk, events = places[end - 1]
        if survival > 0:
            se = survival * math.sqrt(float(np.sum(d / (n * (n - d)))))
            lo, hi = max(0.0, survival - z * se), min(1.0, survival + z * se)
        else:
            lo, hi = 0.0, estimates[-1]["hi"] if estimates else 1.0
        hazard = events / at_risk if at_risk else None
        estimates.append({"hazard": hazard, "survival": survival, "lo": lo, "hi": hi})
    return {"places": places, "alpha": alpha, "estimates": estimates}


def kaplan_meier_cases():
    yield kaplan_meier_case([[10, 0], [10, 1], [8, 2], [0, 0], [5, 1], [2, 2]], 0.05)
    yield kaplan_meier_case([[1000, 31], [940, 12], [900, 300], [580, 1], [500, 0], [499, 77]], 0.05)
    yield kaplan_meier_case([[6, 1], [5, 1], [4, 1], [3, 1]], 0.1)


def grid_points():
    lower = [mp.mpf(2) ** (-mp.mpf(64 + k) / 64) for k in range(29 * 64, -1, -1)]
    return lower + [1 - p for p in reversed(lower[:-1])]


GRID = grid_points()


def bernoulli_case(side, p0, alternatives, successes, failures):
    tolerance = mp.mpf(10) ** -15
    if side == "upper":
        used = min(point for point in GRID if point >= mp.mpf(p0) - tolerance)
    else:
        used = max(point for point in GRID if point <= mp.mpf(p0) + tolerance)
    ratios = []
    for p1 in map(mp.mpf, alternatives):
        beyond = used < p1 < 1 if side == "upper" else 0 < p1 < used
        ratio = successes * mp.log(p1 / used) + failures * mp.log((1 - p1) / (1 - used)) if beyond else mp.mpf(0)
        ratios.append(ratio)
    ln_e = mp.log(sum(mp.exp(ratio) for ratio in ratios) / len(ratios))
    return {"side": side, "p0": p0, "alternatives": alternatives, "successes": successes, "failures": failures,
            "p0_used": float(used), "ln_e": float(ln_e)}


def bernoulli_cases():
    for successes, failures in [(0, 1), (1, 0), (3, 17), (40, 60), (900, 100), (123456, 7654321)]:
        yield bernoulli_case("upper", 0.06, [0.08, 0.12, 0.16], successes, failures)
        yield bernoulli_case("upper", 0.95, [0.97, 0.985], successes, failures)
        yield bernoulli_case("upper", 0.5, [0.6, 0.9, 1.2], successes, failures)
        yield bernoulli_case("lower", 0.3, [0.25, 0.15, 0.05], successes, failures)
        yield bernoulli_case("lower", 0.67, [0.6, 0.5, 0.3], successes, failures)
        yield bernoulli_case("upper", 0.0001, [0.0002, 0.0004], successes, failures)


def ln_cdf(x):
    x = mp.mpf(x)
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def one_sided_case(estimate, variance, null, tau):
    information, prior = 1 / mp.mpf(variance), 1 / mp.mpf(tau) ** 2
    score, total = (mp.mpf(estimate) - mp.mpf(null)) * information, information + prior
    ln_e = (mp.log(2) + mp.log(prior / total) / 2 + score**2 / (2 * total) + ln_cdf(score / mp.sqrt(total)))
    return {"estimate": estimate, "variance": variance, "null": null, "tau": tau, "ln_e": float(ln_e)}


def one_sided_cases():
    for estimate in [-40.0, -0.5, 0.05, 0.1, 0.11, 0.4, 12.0]:
        for variance in [1e-4, 0.002, 0.05, 3.0]:
            for tau in [0.05, 0.18, 0.5]:
                yield one_sided_case(estimate, variance, 0.1, tau)


def e_bh_case(ln_e, hypotheses, alpha):
    order = sorted(range(len(ln_e)), key=lambda i: -ln_e[i])
    passing = [k for k, i in enumerate(order, 1) if mp.exp(ln_e[i]) >= hypotheses / (mp.mpf(alpha) * k)]
    raised = set(order[: max(passing)]) if passing else set()
    return {"ln_e": ln_e, "hypotheses": hypotheses, "alpha": alpha, "raised": [i in raised for i in range(len(ln_e))]}


def e_bh_cases():
    yield e_bh_case([5.0, 1.0, 5.0, 0.0], 4, 0.05)
    yield e_bh_case([4.0, 4.0, 4.0, -3.0], 4, 0.05)
    yield e_bh_case([3.3, 3.3, 3.3], 3, 0.05)
    yield e_bh_case([2.9, 2.9, 2.9], 3, 0.05)
    for size, absent, alpha in [(10, 0, 0.05), (50, 10, 0.05), (200, 0, 0.1), (200, 300, 0.01)]:
        ln_e = np.where(rng.random(size) < 0.3, rng.normal(8, 3, size), rng.normal(-1, 1, size))
        yield e_bh_case(ln_e.tolist(), size + absent, alpha)


def main():
    xs = [-1000.0, -200.0, -38.0, -20.0, -12.5, -10.5, -10.0, -9.5, -5.0, -1.0, -0.1, 0.0, 0.1, 1.0, 2.5, 5.0, 8.0]
    answers = {
        "item_statistics": list(item_cases()),
        "assessment_statistics": list(assessment_cases()),
        "proportion_confidence_sequence": list(proportion_cases()),
        "normal_mixture_confidence_sequence": list(mixture_sequence_cases()),
        "correlation_confidence_sequence": list(correlation_cases()),
        "kaplan_meier": list(kaplan_meier_cases()),
        "bernoulli_grid": list(bernoulli_cases()),
        "normal_mixture_one_sided": list(one_sided_cases()),
        "e_bh": list(e_bh_cases()),
        "ln_normal_cdf": [
            {"x": x, "ln_cdf": float(ln_cdf(x)), "ln_scaled": float(ln_cdf(x) + mp.mpf(x) ** 2 / 2)} for x in xs
        ],
        "two_sided_quantile": [
            {"alpha": alpha, "z": float(stats.norm.isf(alpha / 2))}
            for alpha in [1e-300, 1e-12, 0.001, 0.01, 0.05, 0.1, 0.32, 0.9, 0.999]
        ],
    }
    sections = []
    for name, cases in answers.items():
        lines = ",\n".join("    " + json.dumps(case) for case in cases)
        sections.append(f'  "{name}": [\n{lines}\n  ]')
    text = "{\n" + ",\n".join(sections) + "\n}\n"
    Path(__file__).with_name("statistics.json").write_text(text)


if __name__ == "__main__":
    main()
