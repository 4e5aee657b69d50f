"""Everything else of the sweep that an address can name, in each relation that organisation.yaml has a column for."""

from uuid import uuid4

from apps.accounts import services as accounts
from apps.accounts.models import Membership, Role, Team, User
from apps.audit.models import AuditEvent
from apps.core.refs import Ref
from apps.egress import services as egress
from apps.egress.models import Purpose, Scheme
from apps.notifications import services as notifications
from apps.notifications.models import Notification
from apps.portal import services as portal
from apps.usecases.models import Import
from tests.factories import cases, told
from tests.factories.people import person

Names = dict[str, str]
_ADDRESS = "http://127.0.0.1:9"


class Others:
    """What team A, team B and the whole organisation have beside governed things. All see the case `about`."""

    def __init__(self, *, ours: Team, theirs: Team, admin: User, about: Ref, restricted: Ref) -> None:
        self.admin, self.restricted = admin, restricted
        self.places: dict[str, Team | None] = {"ours": ours, "theirs": theirs, "central": None}
        self.colleague, self.stranger = person(Role.FINOPS, team=ours), person(Role.FINOPS, team=theirs)
        below = accounts.add_unit(name="Counters", parent=ours.unit, by=None)
        units = {"ours": ours.unit, "below": below, "theirs": theirs.unit}
        self.parents = {str(below.pk): str(ours.unit.pk)}
        self.owners: dict[str, Team | None] = {}
        self.teams = {str(team.pk): team for team in (ours, theirs)}
        self.names: dict[str, Names] = {
            "person": self._people(),
            "role": {column: _role(held) for column, held in self._held().items()} | {"gone": self._no_role()},
            "unit": {column: str(unit.pk) for column, unit in units.items()},
            "team": {"ours": str(ours.pk), "theirs": str(theirs.pk)},
            "member": {column: f"{held.team_id}/{held.pk}" for column, held in self._held().items() if held.team_id},
            "account": {column: self._account(team) for column, team in self.places.items()},
            "view": self._views(ours, theirs),
            "notification": {"colleague": self._told(self.colleague)},
            **self._webhooks(about),
            **self._egress(),
            "import": {"central": str(cases.staged(by=self.admin).pk)},
            "event": {"there": str(AuditEvent.objects.latest("sequence").pk), "gone": "999999999"},
        }
        self.names["token"] = {"account": self._token(self._robot("ours")), "colleague": self._token(self.colleague)}
        for kind, names in self.names.items():
            missing = "not-here" if kind in ("person", "account") else str(uuid4())
            names.setdefault("gone", f"{missing}/{uuid4()}" if "/" in next(iter(names.values())) else missing)

    def own(self, user: User) -> dict[str, Names]:
        """This person's own, whoever they are."""
        robot = self._account(None, responsible=user)
        lost = self._told(user)
        subject = {"subject_kind": self.restricted.kind, "subject_id": self.restricted.id}
        Notification.objects.filter(pk=lost).update(**subject)
        view = portal.save_view(page="usecases:list", name="Mine", query="", by=user)
        batch = cases.staged(by=self.admin)
        # Whoever imports needs a role for it, which they may lose afterwards.
        Import.objects.filter(pk=batch.pk).update(created_by=user)
        return {
            "import": {"own": str(batch.pk)},
            "person": {"own": user.username},
            "account": {"own": robot},
            "token": {"own": self._token(user)},
            "view": {"own": str(view.pk)},
            "notification": {"own": self._told(user), "lost": lost},
        }

    def _people(self) -> Names:
        left = person(Role.FINOPS)
        accounts.deactivate(user=left, by=None)
        return {"other": self.colleague.username, "left": left.username, "gone": "not-here"}

    def _held(self) -> dict[str, Membership]:
        """A role of somebody in each place."""
        return {
            column: accounts.grant(user=self.colleague, role=Role.STEWARD, team=team, by=None)
            for column, team in self.places.items()
        }

    def _no_role(self) -> str:
        return f"{self.colleague.username}/{uuid4()}"

    def _account(self, team: Team | None, *, responsible: User | None = None) -> str:
        """A service account, which somebody of no team of the sweep answers for."""
        username = f"robot-{uuid4().hex}"
        accounts.add_service_account(
            username=username, display_name="", responsible=responsible or self.admin, team=team, by=self.admin
        )
        self.owners[username] = team
        return username

    def _robot(self, column: str) -> User:
        return User.objects.get(username=self.names["account"][column])

    def _token(self, owner: User) -> str:
        by = owner if owner.is_person else self.admin
        return str(accounts.issue_token(owner=owner, name="import", scopes=["me:read"], by=by)[0].pk)

    def _views(self, ours: Team, theirs: Team) -> Names:
        """One of each team, and one that is somebody's alone."""
        page = "usecases:list"
        kept = {
            "ours": portal.save_view(page=page, name="Ours", query="", team=ours, by=self.colleague),
            "theirs": portal.save_view(page=page, name="Theirs", query="", team=theirs, by=self.stranger),
            "colleague": portal.save_view(page=page, name="Alone", query="", by=self.colleague),
        }
        return {column: str(view.pk) for column, view in kept.items()}

    def _told(self, user: User) -> str:
        """Something that this person alone was told."""
        notice = told.notice(None)
        notifications.announce(notice, to={user.pk: "you asked"})
        return str(Notification.objects.get(person=user, key=notice.key).pk)

    def _webhooks(self, about: Ref) -> dict[str, Names]:
        """A webhook in each place, with two secrets, so that one can go, and a message that was sent."""
        hooks = {
            column: told.webhook(_ADDRESS, team=team, by=self.admin).endpoint for column, team in self.places.items()
        }
        for hook in hooks.values():
            notifications.add_secret(endpoint=hook, by=self.admin)
        notifications.announce(told.notice(about), to={})
        return {
            "webhook": {column: str(hook.pk) for column, hook in hooks.items()},
            "webhook secret": {column: f"{hook.pk}/{hook.secrets.all()[0].pk}" for column, hook in hooks.items()},
            "delivery": {column: f"{hook.pk}/{hook.deliveries.get().pk}" for column, hook in hooks.items()},
        }

    def _egress(self) -> dict[str, Names]:
        rule = egress.add_rule(scheme=Scheme.HTTPS, host="a.example.org", purpose=Purpose.ANY, by=self.admin)
        secret = egress.set_secret(name="a-key", value="x", by=self.admin)
        return {"egress rule": {"there": str(rule.pk)}, "egress secret": {"there": secret.name, "gone": "no-key"}}


def _role(held: Membership) -> str:
    return f"{held.user.username}/{held.pk}"
