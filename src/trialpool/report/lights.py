"""Checks as traffic lights with words: what was looked at, whether it passed, what was found."""

from __future__ import annotations

from dataclasses import dataclass

from trialpool.checks import CheckResult, diagnose
from trialpool.report.sources import Entry

#: What each check looks at, for a reader who has never sampled anything.
MEANINGS = {
    "R-hat": "Did chains that started apart end up telling the same?",
    "bulk ESS": "Are there enough independent draws for medians and probabilities?",
    "tail ESS": "Are there enough independent draws for the ends of intervals?",
    "divergences": "Did the sampler get around everywhere without breaking off?",
    "energy": "Did the sampler move freely between likely and unlikely regions?",
    "importance weights": "Were the draws of the fast engine close to what they stand for?",
    "reports, after the fit": "Do the printed numbers look like what the fitted model expects?",
    "trials, after the fit": "Does each trial as a whole look like what the fitted model expects?",
    "reports, before the fit": "Do the printed numbers look like what was believed beforehand?",
    "trials left out, from the draws": "Would each trial have been foretold by the others?",
    "sensitivity to priors": "Would the answers be others under other beliefs beforehand?",
}
#: Class of the light, its sign and its word: colour is never alone.
_LIGHTS = {
    True: ("passed", "✓", "passed"),
    False: ("failed", "✗", "FAILED"),
    None: ("open", "–", "not judged"),
}


@dataclass(frozen=True)
class Light:
    """One check.

    Attributes
    ----------
    name, meaning, text : str
        What it is called, what it looks at, what was found.
    colour, sign, word : str
        Of the light.
    """

    name: str
    meaning: str
    text: str
    colour: str
    sign: str
    word: str

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.colour == "failed"


def lights(entry: Entry, *, seed: int = 1) -> list[Light]:
    """Every check that needs no other fit, as `trialpool diagnose` puts a posterior to them."""
    return [_light(result) for result in diagnose(entry.posterior, seed=seed)]


def _light(result: CheckResult) -> Light:
    colour, sign, word = _LIGHTS[result.passed]
    meaning = MEANINGS.get(result.name, "")
    return Light(result.name, meaning, result.text, colour, sign, word)
