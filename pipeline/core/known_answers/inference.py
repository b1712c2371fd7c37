"""Known answers for the inference of teachback-core (K2 two-sided, K5, K6, K9), worked out apart from the Rust code.

    pip install numpy scipy mpmath
    python inference.py             # writes inference.json beside this file

Likelihoods come from scipy.stats with all their constants, which the Rust code leaves out. The sums of K5 are numpy's in
the linear domain, where the Rust code takes logarithms; cases beyond its range are summed by mpmath with 60 digits. The
cap on providers is found by bisection, where the Rust code solves for it. The seed is fixed: the file is reproducible.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 60
rng = np.random.default_rng(20261122)

PASSES, UNIFORM, CAP, DEFENSIVE = 40, 0.001, 0.1, 0.05


def mixture_two_sided_cases():
    for estimate in [-40.0, -0.5, 0.1, 0.11, 0.4, 12.0]:
        for variance in [1e-4, 0.05, 3.0]:
            for tau in [0.05, 0.5]:
                information, prior = 1 / mp.mpf(variance), 1 / mp.mpf(tau) ** 2
                score, total = (mp.mpf(estimate) - mp.mpf(0.1)) * information, information + prior
                ln_e = mp.log(prior / total) / 2 + score**2 / (2 * total)
                yield {"estimate": estimate, "variance": variance, "null": 0.1, "tau": tau, "ln_e": float(ln_e)}


def adjusted_maximum_cases():
    for x in [0.0, 1e-12, 1e-6, 0.001, 0.1, 0.5, 0.999999, 1.0, 1.000001, 2.0, 3.0, 10.0, 50.0, 700.0, 5000.0]:
        exact = mp.mpf(x)
        adjusted = mp.mpf(1) / 2 if x == 0 else (mp.exp(exact) - 1 - exact) / exact**2
        yield {"ln_maximum": x, "ln_adjusted": float(mp.log(adjusted))}


def split(effects, margin, side):
    null = effects <= margin if side == "upper" else effects >= margin
    return null, ~null


def judgement(effects, margin, side, prior, likelihood):
    """From likelihoods as mpmath numbers, straight from the formulas."""
    null, alternative = split(effects, margin, side)
    prior = [mp.mpf(float(p)) for p in prior]
    joint = [p * l for p, l in zip(prior, likelihood)]
    over = lambda values, which: mp.fsum(v for v, inside in zip(values, which) if inside)
    everything = mp.fsum(joint)
    numerator = over(joint, alternative) / over(prior, alternative)
    denominator = over(joint, null) / over(prior, null)
    at_margin = likelihood[int(np.flatnonzero(effects == margin)[0])]
    return {
        "lfdr": float(over(joint, null) / everything),
        "ln_compound": float(mp.log(numerator / denominator)),
        "ln_defensive": float(mp.log(numerator / ((1 - mp.mpf(DEFENSIVE)) * denominator + mp.mpf(DEFENSIVE) * at_margin))),
        "estimate": float(mp.fsum(j * mp.mpf(float(g)) for j, g in zip(joint, effects)) / everything),
    }


def normal_likelihood(effects, estimate, se):
    return [mp.exp(-((mp.mpf(estimate) - mp.mpf(float(g))) / mp.mpf(se)) ** 2 / 2) for g in effects]


def binomial_likelihood(effects, successes, failures, baseline):
    of = lambda g: min(mp.mpf(1), mp.mpf(baseline) * mp.mpf(float(g)))
    return [of(g) ** successes * (1 - of(g)) ** failures for g in effects]


def judgement_cases():
    normal_grid, ratio_grid = np.linspace(-0.4, 0.6, 71), np.geomspace(0.25, 8, 61)
    prior_normal = stats.norm.pdf(normal_grid, 0.25, 0.12)
    prior_ratio = stats.norm.pdf(np.log(ratio_grid), 0, 0.3) + 0.02
    margin_normal, margin_ratio = float(normal_grid[35]), float(ratio_grid[31])
    for side, estimate, se in [("lower", -0.1, 0.05), ("lower", 0.3, 0.02), ("lower", -2.5, 0.01), ("lower", 0.1, 3.0),
                               ("upper", 0.2, 0.04), ("upper", 30.0, 0.1), ("upper", -0.2, 0.2)]:
        prior = prior_normal / prior_normal.sum()
        yield {"kind": "normal", "side": side, "margin": margin_normal, "effects": normal_grid.tolist(),
               "prior": prior.tolist(), "estimate": estimate, "se": se,
               "known": judgement(normal_grid, margin_normal, side, prior, normal_likelihood(normal_grid, estimate, se))}
    for side, successes, failures, baseline in [("upper", 31, 69, 0.09), ("upper", 0, 0, 0.1), ("upper", 400, 9600, 0.05),
                                                ("upper", 0, 40, 0.05), ("upper", 20, 0, 0.3), ("lower", 3, 600, 0.02),
                                                ("upper", 40000, 60000, 0.1)]:
        prior = prior_ratio / prior_ratio.sum()
        yield {"kind": "binomial", "side": side, "margin": margin_ratio, "effects": ratio_grid.tolist(),
               "prior": prior.tolist(), "successes": successes, "failures": failures, "baseline": baseline,
               "known": judgement(ratio_grid, margin_ratio, side, prior,
                                  binomial_likelihood(ratio_grid, successes, failures, baseline))}


def capped_weights(providers):
    names, numbers = np.unique(providers, return_counts=True)
    if len(names) < 10:
        cap = CAP * numbers.sum()
    elif numbers.max() <= CAP * numbers.sum():
        cap = float(numbers.max())
    else:
        low, high = 0.0, float(numbers.max())
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if middle <= CAP * np.minimum(numbers, middle).sum() else (low, middle)
        cap = low
    of = {name: min(number, cap) / number for name, number in zip(names, numbers)}
    return np.array([of[provider] for provider in providers])


def fit_case(name, providers, estimates, errors, start):
    effects = np.linspace(-0.5, 0.7, 61)
    likelihood = stats.norm.pdf(np.asarray(estimates)[:, None], effects[None, :], np.asarray(errors)[:, None])
    weights = capped_weights(providers)
    prior = (1 - UNIFORM) * start + UNIFORM / len(effects)
    for _ in range(PASSES):
        posterior = prior * likelihood
        posterior /= posterior.sum(axis=1, keepdims=True)
        prior = np.average(posterior, axis=0, weights=weights)
    return {"name": name, "effects": effects.tolist(), "start": start.tolist(), "providers": [int(p) for p in providers],
            "estimates": [float(x) for x in estimates], "errors": [float(x) for x in errors],
            "weights": weights.tolist(), "prior": prior.tolist()}, prior


def fit_cases():
    uniform = np.full(61, 1 / 61)

    def world(numbers):
        providers = np.repeat(np.arange(len(numbers)), numbers)
        bad = rng.random(len(providers)) < np.where(providers == 0, 0.3, 0.03)
        errors = rng.uniform(0.04, 0.2, len(providers))
        estimates = np.where(bad, -0.1, rng.normal(0.3, 0.1, len(providers))) + errors * rng.normal(size=len(providers))
        return providers, estimates.round(6), errors.round(6)

    case, prior = fit_case("nobody above a tenth", *world([20] * 12), uniform)
    yield case
    yield fit_case("from the prior of the case before", *world([20] * 12), prior)[0]
    yield fit_case("one provider of half the items", *world([150] + [10] * 15), uniform)[0]
    yield fit_case("several above a tenth", *world([90, 60, 40] + [3] * 10), uniform)[0]
    yield fit_case("ten providers", *world([50, 1, 7, 30, 12, 8, 8, 9, 20, 2]), uniform)[0]
    yield fit_case("three providers", *world([100, 20, 5]), uniform)[0]


def beta_binomial_cases():
    def case(peers, shrunk_of):
        used = np.array([(s, n) for s, n in peers if n > 0], float)
        s, n = used[:, 0], used[:, 1]
        count, total, mu = len(n), n.sum(), s.sum() / n.sum()
        spread = mu * (1 - mu)
        rho = (np.sum(n * (s / n - mu) ** 2) - spread * (count - 1)) / (
            spread * (total - np.sum(n**2) / total - (count - 1)))
        rho = min(1.0, max(0.0, rho))
        var_mu = spread * np.sum(n**2 * (rho + (1 - rho) / n)) / total**2
        shrunk = []
        for s, n in shrunk_of:
            if rho > 0:
                phi = 1 / rho - 1
                posterior = stats.beta(s + phi * mu, n - s + phi * (1 - mu))
                shrunk.append([(s + phi * mu) / (n + phi), float(posterior.var()) + (phi / (n + phi)) ** 2 * var_mu])
            else:
                shrunk.append([mu, var_mu])
        return {"peers": peers, "mean": mu, "correlation": rho, "shrunk_of": shrunk_of, "shrunk": shrunk}

    asked = [[0, 5], [3, 10], [31, 100], [900, 1000], [0, 0]]
    yield case([[3, 10], [5, 10], [1, 20], [60, 100]], asked)
    yield case([[30, 100], [31, 100], [29, 100]], asked)
    for size, phi in [(50, 25), (400, 8)]:
        n = rng.integers(0, 300, size)
        s = rng.binomial(n, rng.beta(0.35 * phi, 0.65 * phi, size))
        yield case([[int(a), int(b)] for a, b in zip(s, n)], asked)


def before_after_cases():
    def own(s, n):
        p = s / n
        q = min(max(p, 5 / n), 1 - 5 / n)
        return p, q * (1 - q) / n

    for before, after, c_before, c_after in [((31, 100), (19, 100), (300, 1000), (295, 1000)),
                                             ((280, 900), (250, 1200), (100, 400), (70, 410)),
                                             ((60, 200), (0, 150), (30, 300), (31, 280)),
                                             ((100, 1000), (170, 1000), (1000, 10000), (1010, 10000))]:
        arms = [own(*arm) for arm in (before, after, c_before, c_after)]
        effect = (arms[0][0] - arms[1][0]) - (arms[2][0] - arms[3][0])
        variance = sum(v for _, v in arms)

        def ln_e(theta, margin):
            information, prior = 1 / mp.mpf(variance), 1 / mp.mpf(0.05) ** 2
            s, total = (mp.mpf(theta) - mp.mpf(margin)) * information, information + prior
            cdf = mp.erfc(-s / mp.sqrt(2 * total)) / 2
            return float(mp.log(2) + mp.log(prior / total) / 2 + s**2 / (2 * total) + mp.log(cdf))

        yield {"before": before, "after": after, "siblings_before": c_before, "siblings_after": c_after,
               "effect": effect, "variance": variance, "margin": 0.02,
               "ln_e_improved": ln_e(effect, 0.02), "ln_e_worsened": ln_e(-effect, 0.02)}


def main():
    answers = {
        "normal_mixture_two_sided": list(mixture_two_sided_cases()),
        "adjusted_maximum": list(adjusted_maximum_cases()),
        "judgement": list(judgement_cases()),
        "prior_fit": list(fit_cases()),
        "beta_binomial": list(beta_binomial_cases()),
        "before_after": list(before_after_cases()),
    }
    sections = []
    for name, cases in answers.items():
        lines = ",\n".join("    " + json.dumps(case) for case in cases)
        sections.append(f'  "{name}": [\n{lines}\n  ]')
    text = "{\n" + ",\n".join(sections) + "\n}\n"
    Path(__file__).with_name("inference.json").write_text(text)


if __name__ == "__main__":
    main()
