"""Questions about a posterior."""

from trialpool.questions.answer import Answer
from trialpool.questions.ask import ask
from trialpool.questions.decay import DecayTable, decay

__all__ = ["Answer", "DecayTable", "ask", "decay"]
