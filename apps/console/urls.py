"""Addresses of the console."""

from django.urls import URLPattern, path

from apps.console.views import (
    approvals,
    assistants,
    audit,
    batches,
    components,
    controls,
    devices,
    jobs,
    operations,
    overview,
    preferences,
    schedules,
    search,
    session,
)

app_name = "console"

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("login/", session.log_in, name="login"),
    path("logout/", session.log_out, name="logout"),
    path("search/", search.search, name="search"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("devices/", devices.devices, name="devices"),
    path("devices/chosen/", batches.bar, name="batch-bar"),
    path("devices/batch/", batches.batch, name="batch"),
    path("devices/<uuid:device_id>/", devices.device, name="device"),
    path("devices/<uuid:device_id>/row/", devices.device_row, name="device-row"),
    path("devices/<uuid:device_id>/components/", components.components, name="components"),
    path("devices/<uuid:device_id>/component/", components.component, name="component"),
    path("devices/<uuid:device_id>/control/", controls.control_set, name="control-set"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("jobs/<uuid:job_id>/log/", jobs.job_log, name="job-log"),
    path("schedules/", schedules.schedules, name="schedules"),
    path("schedules/new/", schedules.schedule_new, name="schedule-new"),
    path("schedules/preview/", schedules.schedule_preview, name="schedule-preview"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>/", approvals.approval, name="approval"),
    path("assistants/", assistants.assistants, name="assistants"),
    path(
        "assistants/<uuid:assistant_id>/disconnect/",
        assistants.disconnect,
        name="assistant-disconnect",
    ),
    path("oauth/authorize", assistants.authorize, name="authorize"),
    path("audit/", audit.audit, name="audit"),
    path("operations/", operations.operations, name="operations"),
    path("operations/<str:name>/", operations.operation, name="operation"),
    path("operations/<str:name>/confirm/", operations.confirm, name="confirm"),
]
