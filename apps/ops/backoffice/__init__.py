"""The back office at /admin/: a superuser looks at their tenant's rows, and acts by operations."""
