"""Questions about a posterior."""

from trialpool.questions.answer import Answer
from trialpool.questions.answers import Answers
from trialpool.questions.ask import ask
from trialpool.questions.beside import SideBySide, beside
from trialpool.questions.decay import decay, decays
from trialpool.questions.decay_table import DecayTable
from trialpool.questions.mcid import with_mcid
from trialpool.questions.predict import Prediction, predict

__all__ = [
    "Answer",
    "Answers",
    "DecayTable",
    "Prediction",
    "SideBySide",
    "ask",
    "beside",
    "decay",
    "decays",
    "predict",
    "with_mcid",
]
