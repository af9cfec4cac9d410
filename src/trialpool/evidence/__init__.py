"""Read, check and freeze published numbers."""

from trialpool.evidence.classes import Classes
from trialpool.evidence.network import EvidenceSummary, summarise
from trialpool.evidence.scales import Mcid, Scale, mcid, parse_scale
from trialpool.evidence.table import Evidence, FolderCheck, check_folder, read_evidence

__all__ = [
    "Classes",
    "Evidence",
    "EvidenceSummary",
    "FolderCheck",
    "Mcid",
    "Scale",
    "check_folder",
    "mcid",
    "parse_scale",
    "read_evidence",
    "summarise",
]
