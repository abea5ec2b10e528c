"""The list of projects as Django REST framework serves it from the same rows: a peer to measure against."""

import framework
from django.core.wsgi import get_wsgi_application

framework.set_up(__name__)

from django.db import models  # noqa: E402 -- Django is set up first
from django.db.models import F, Prefetch  # noqa: E402
from django.urls import path  # noqa: E402
from django_filters import rest_framework as filters  # noqa: E402
from rest_framework import generics, pagination, serializers  # noqa: E402
from rest_framework.filters import OrderingFilter  # noqa: E402


class WorkingGroup(models.Model):
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "working_group"


class Participant(models.Model):
    code = models.TextField()
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "participant"


class Project(models.Model):
    version = models.IntegerField()
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    workstream = models.ForeignKey(WorkingGroup, models.DO_NOTHING, null=True)
    status = models.TextField()
    rating = models.TextField(null=True)
    announced_on = models.DateField(null=True)
    in_classified_annex = models.BooleanField()
    marking = models.TextField()
    until = models.DateField(null=True)
    exercise = models.BooleanField()

    class Meta:
        app_label, managed, db_table = "peer", False, "project"


class Partner(models.Model):
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="partners")
    participant = models.ForeignKey(Participant, models.DO_NOTHING)
    lead = models.BooleanField()
    until = models.DateField(null=True)

    class Meta:
        app_label, managed, db_table = "peer", False, "project_partner"


class Milestone(models.Model):
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="milestones")
    name = models.TextField()
    planned_on = models.DateField()
    forecast_on = models.DateField(null=True)
    actual_on = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        app_label, managed, db_table = "peer", False, "milestone"


class PartnerLine(serializers.ModelSerializer):
    code = serializers.CharField(source="participant.code")
    name = serializers.CharField(source="participant.name")

    class Meta:
        model = Partner
        fields = ("code", "name", "lead")


class MilestoneLine(serializers.ModelSerializer):
    class Meta:
        model = Milestone
        fields = ("id", "name", "planned_on", "forecast_on")


class ProjectLine(serializers.ModelSerializer):
    workstream = serializers.CharField(source="workstream.name", default=None)
    countries = PartnerLine(source="shown_partners", many=True)
    next_milestone = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = (
            "id",
            "version",
            "code",
            "name",
            "kind",
            "workstream_id",
            "workstream",
            "status",
            "rating",
            "announced_on",
            "in_classified_annex",
            "marking",
            "until",
            "exercise",
            "countries",
            "next_milestone",
        )

    def get_next_milestone(self, project: Project) -> object:
        return MilestoneLine(project.open_milestones[0]).data if project.open_milestones else None


class ProjectFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=[(each, each) for each in ("exploratory", "announced")])
    rating = filters.MultipleChoiceFilter(choices=[(each, each) for each in ("green", "amber", "red")])

    class Meta:
        model = Project
        fields = ("kind",)


class Pages(pagination.LimitOffsetPagination):
    default_limit, max_limit = 50, 200


class Projects(generics.ListAPIView):
    serializer_class = ProjectLine
    filter_backends = (filters.DjangoFilterBackend, OrderingFilter)
    filterset_class = ProjectFilter
    ordering_fields = ("name", "announced_on", "id")
    ordering = ("name", "id")
    pagination_class = Pages
    queryset = (
        Project.objects.filter(until=None)
        .select_related("workstream")
        .prefetch_related(
            Prefetch(
                "partners",
                Partner.objects.filter(until=None)
                .select_related("participant")
                .order_by(F("lead").desc(), "participant__code"),
                to_attr="shown_partners",
            ),
            Prefetch(
                "milestones",
                Milestone.objects.filter(until=None, actual_on=None).order_by("forecast_on", "id"),
                to_attr="open_milestones",
            ),
        )
    )


urlpatterns = [path("api/v1/projects", Projects.as_view())]
application = get_wsgi_application()
