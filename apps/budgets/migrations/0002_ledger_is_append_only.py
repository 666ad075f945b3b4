from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: line % cannot be changed. Post an adjustment.', OLD.id
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_is_append_only
    BEFORE UPDATE OR DELETE ON budgets_costevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_ledger();
"""
ALLOW = """
DROP TRIGGER ledger_is_append_only ON budgets_costevent;
DROP FUNCTION refuse_change_of_ledger();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(REFUSE, reverse_sql=ALLOW),
    ]
