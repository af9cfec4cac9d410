"""Read, check and freeze published numbers."""

from trialpool.evidence.classes import Classes
from trialpool.evidence.importance import Mcid, mcid
from trialpool.evidence.network import EvidenceSummary, summarise
from trialpool.evidence.peers import from_mbnmatime, from_metafor, from_multinma, from_netmeta
from trialpool.evidence.reading import FolderCheck, check_folder, read_evidence
from trialpool.evidence.scales import Scale, parse_scale
from trialpool.evidence.table import Evidence
from trialpool.evidence.template import write_template

__all__ = [
    "Classes",
    "Evidence",
    "EvidenceSummary",
    "FolderCheck",
    "Mcid",
    "Scale",
    "check_folder",
    "from_mbnmatime",
    "from_metafor",
    "from_multinma",
    "from_netmeta",
    "mcid",
    "parse_scale",
    "read_evidence",
    "summarise",
    "write_template",
]
