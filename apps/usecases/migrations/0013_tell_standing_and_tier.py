"""Two functions of the database: what the reviews of a case make of it, and the tier that counts for it."""

from django.db import migrations

# A column's name wins over an argument's, so arguments have names that no column has.
# Every list, page and call reads both for each of its cases; asked of the ORM, the same words cost a page half its time.
# Whether to retire (G5), and a second look at what operates (G4) that was taken back, change nothing of what stands.
_STANDING = """
CREATE FUNCTION usecases_standing(of_case uuid, of_content text, at_moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((
        SELECT CASE
            WHEN latest.state IN ('in_review', 'changes_requested') AND latest.content_hash = of_content AND EXISTS (
                SELECT 1 FROM reviews_breakglass glass
                WHERE glass.request_id = latest.id AND glass.expires_at > at_moment
            ) THEN 'CLEARED_WITH_CONDITIONS'
            WHEN latest.state = 'in_review' THEN 'IN_REVIEW'
            WHEN latest.state = 'changes_requested' THEN 'CHANGES_REQUESTED'
            WHEN latest.state = 'rejected' THEN 'REJECTED'
            WHEN latest.state = 'withdrawn' THEN 'WITHDRAWN'
            WHEN latest.state = 'revoked' THEN 'SUSPENDED'
            WHEN latest.state IN ('expired', 'superseded') THEN 'LAPSED'
            WHEN latest.state NOT IN ('approved', 'approved_conditions') THEN 'UNREVIEWED'
            WHEN latest.content_hash <> of_content THEN 'LAPSED'
            ELSE (
                -- Conditions of the request's own decisions, and of those that it carried over.
                SELECT CASE
                    WHEN bool_or(owed.blocking AND owed.due_on < (at_moment AT TIME ZONE 'UTC')::date) THEN 'LAPSED'
                    WHEN count(*) > 0 THEN 'CLEARED_WITH_CONDITIONS'
                    ELSE 'CLEARED' END
                FROM reviews_condition owed
                WHERE owed.verified_at IS NULL AND owed.decision_id IN (
                    SELECT id FROM reviews_decision WHERE request_id = latest.id
                    UNION ALL
                    SELECT carried_id FROM reviews_lanestep WHERE request_id = latest.id
                )
            )
        END
        FROM (
            SELECT id, state, content_hash FROM reviews_reviewrequest
            WHERE subject_kind = 'use_case' AND subject_id = of_case::text
            AND gate <> 'G5' AND NOT (gate = 'G4' AND state = 'withdrawn')
            ORDER BY created_at DESC LIMIT 1
        ) latest
    ), 'UNREVIEWED')
$$
"""

# Each goes on from what counted before it: a raise is a floor, a lowering a ceiling. As apps.usecases.rules.tiers says.
_TIER = """
CREATE FUNCTION usecases_tier(of_case uuid, of_tier text, on_day date) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    tiers CONSTANT text[] := ARRAY['STANDARD', 'ELEVATED', 'HIGH', 'PROHIBITED'];
    level int := array_position(tiers, of_tier);
    adjusted record;
BEGIN
    FOR adjusted IN
        SELECT direction, array_position(tiers, to_tier::text) wanted FROM usecases_tieradjustment
        WHERE use_case_id = of_case AND holds_from IS NOT NULL AND ended_at IS NULL
        AND (expires_on IS NULL OR expires_on >= on_day)
        ORDER BY holds_from
    LOOP
        level := CASE adjusted.direction
            WHEN 'raise' THEN greatest(level, adjusted.wanted) ELSE least(level, adjusted.wanted) END;
    END LOOP;
    RETURN tiers[level];
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("usecases", "0012_say_why_a_case_is_new"),
        ("reviews", "0006_overturn_beside_the_lanes"),
    ]

    operations = [
        migrations.RunSQL(_STANDING, "DROP FUNCTION usecases_standing(uuid, text, timestamptz)"),
        migrations.RunSQL(_TIER, "DROP FUNCTION usecases_tier(uuid, text, date)"),
    ]
