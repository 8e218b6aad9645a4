"""May this be written to a Core now? The one room where control policies are judged.

`patterns`, `windows` and `rules` are plain functions on plain data; `writes` says what a call
would write; `guard` reads the rows and refuses, when a call is planned and right before it is
sent.
"""

from apps.qsys.policies.guard import plan_refusals, raised, require, standing
from apps.qsys.policies.rules import Write
from apps.qsys.policies.writes import of_paths, of_settings

__all__ = ["Write", "of_paths", "of_settings", "plan_refusals", "raised", "require", "standing"]
