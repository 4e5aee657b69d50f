"""The board's overturning is no lane's decision, and somebody is stood in for once a request.

Both indexes rest on columns that 0004 added, so no row that a running site has can stand against them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0005_give_requests_their_steps")]

    operations = [
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_once_per_lane",
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("overturns", None)), fields=("request", "lane"), name="decision_once_per_lane"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("on_behalf_of__isnull", False)),
                fields=("request", "on_behalf_of"),
                name="decision_once_on_behalf",
            ),
        ),
    ]
