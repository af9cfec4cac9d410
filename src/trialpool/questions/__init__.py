"""Questions about a posterior."""

from trialpool.questions.answer import Answer
from trialpool.questions.ask import ask
from trialpool.questions.beside import SideBySide, beside
from trialpool.questions.decay import DecayTable, decay
from trialpool.questions.mcid import with_mcid

__all__ = ["Answer", "DecayTable", "SideBySide", "ask", "beside", "decay", "with_mcid"]
