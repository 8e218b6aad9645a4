"""Jobs, their logs and schedules."""

from apps.jobs.models.job import Cancel, Job, JobLog, JobState
from apps.jobs.models.schedule import CatchUp, Overlap, Schedule

__all__ = ["Cancel", "CatchUp", "Job", "JobLog", "JobState", "Overlap", "Schedule"]
