"""The SQL that makes evidence append-only: triggers for everybody, rights for the application."""

FUNCTION = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
DROP_FUNCTION = "DROP FUNCTION audit_refuse_change();"

RUNTIME_ROLE = "controlplane_app"


def guard(table: str) -> str:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE of `table`, and the missing rights."""
    return f"""
CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{RUNTIME_ROLE}') THEN
        GRANT SELECT, INSERT ON {table} TO {RUNTIME_ROLE};
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {RUNTIME_ROLE};
    END IF;
END $$;
"""  # noqa: S608 - the names are constants of the migration  # nosec B608


def unguard(table: str) -> str:
    """The opposite of `guard`, for rolling the migration back."""
    return f"DROP TRIGGER {table}_rows ON {table}; DROP TRIGGER {table}_all ON {table};"
