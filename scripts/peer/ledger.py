"""Ledger entries as Django REST framework lists and takes them, over a copy of their table: a peer to measure."""

import framework
from django.core.wsgi import get_wsgi_application

framework.set_up(__name__)

from django.contrib.postgres.fields import ArrayField  # noqa: E402 -- Django is set up first
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_filters import rest_framework as filters  # noqa: E402
from rest_framework import generics, pagination, serializers  # noqa: E402
from rest_framework.filters import OrderingFilter  # noqa: E402


class Account(models.Model):
    symbol = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "treasury_account"


class FundingDocument(models.Model):
    number = models.TextField()
    account = models.ForeignKey(Account, models.DO_NOTHING)

    class Meta:
        app_label, managed, db_table = "peer", False, "funding_document"


class Project(models.Model):
    code = models.TextField()
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "project"


class Participant(models.Model):
    code = models.TextField()
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "participant"


class Person(models.Model):
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "peer", False, "person"


def _text() -> models.TextField:
    return models.TextField(null=True, blank=True)


def _day() -> models.DateField:
    return models.DateField(null=True, blank=True)


def _names(kind: object, **more: object) -> models.ForeignKey:
    return models.ForeignKey(kind, models.DO_NOTHING, null=True, blank=True, **more)


class Entry(models.Model):
    """Every column of the table."""

    exercise = models.BooleanField(default=False)
    kind = models.TextField()
    reversed_kind = _text()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    funding_document = _names(FundingDocument)
    project = _names(Project)
    participant = _names(Participant)
    program_authority = _text()
    other_authority = _text()
    continuation_id = models.BigIntegerField(null=True, blank=True)
    late_because = _text()
    late_document = _text()
    document_number = _text()
    document_line = _text()
    document_on = _day()
    signed_at = _text()
    performance_from = _day()
    performance_until = _day()
    effective_on = models.DateField()
    fiscal_year = models.IntegerField()
    need = _text()
    basis = _text()
    adjusts_entry = _names("self", related_name="drawn")
    reverses_entry = models.OneToOneField("self", models.DO_NOTHING, null=True, blank=True, related_name="reversal")
    counter_entry = _names("self", related_name="counters")
    transfer_law = _text()
    approval = _text()
    outside_account = _text()
    closed_account = _names(Account)
    closed_document = _text()
    order_law = _text()
    order_method = _text()
    because = _text()
    contribution_kind = _text()
    receipt_law = _text()
    new_start = models.BooleanField(default=False)
    incurred = models.BooleanField(default=False)
    flag = _text()
    evidence = _text()
    warnings = ArrayField(models.TextField(), default=list)
    posted_by = models.ForeignKey(Person, models.DO_NOTHING, db_column="posted_by")
    posted_at = models.DateTimeField()
    audience = models.BigIntegerField()

    class Meta:
        app_label, managed, db_table = "peer", False, "ledger_entry"


_OWN = tuple(each.attname for each in Entry._meta.concrete_fields if each.name != "audience")


class EntryLine(serializers.ModelSerializer):
    funding_number = serializers.CharField(source="funding_document.number", default=None)
    account_id = serializers.IntegerField(source="funding_document.account_id", default=None)
    symbol = serializers.CharField(source="funding_document.account.symbol", default=None)
    project_code = serializers.CharField(source="project.code", default=None)
    project_name = serializers.CharField(source="project.name", default=None)
    country = serializers.CharField(source="participant.code", default=None)
    country_name = serializers.CharField(source="participant.name", default=None)
    posted_by_name = serializers.CharField(source="posted_by.name")
    reversed_by = serializers.IntegerField(source="reversal.id", default=None)

    class Meta:
        model = Entry
        fields = (
            *_OWN,
            "funding_number",
            "account_id",
            "symbol",
            "project_code",
            "project_name",
            "country",
            "country_name",
            "posted_by_name",
            "reversed_by",
        )


class NewEntry(serializers.ModelSerializer):
    """What a sender says of an entry; the row's own columns alone are answered with."""

    class Meta:
        model = Entry
        exclude = ("audience",)
        read_only_fields = ("exercise", "fiscal_year", "warnings", "posted_by", "posted_at", "incurred")


class EntryFilter(filters.FilterSet):
    country = filters.CharFilter(field_name="participant__code")
    project = filters.NumberFilter(field_name="project_id")

    class Meta:
        model = Entry
        fields = ("fiscal_year", "kind")


class Pages(pagination.LimitOffsetPagination):
    default_limit, max_limit = 50, 200


class Entries(generics.ListCreateAPIView):
    filter_backends = (filters.DjangoFilterBackend, OrderingFilter)
    filterset_class = EntryFilter
    ordering_fields = ("effective_on", "amount", "id")
    ordering = ("-effective_on", "-id")
    pagination_class = Pages
    queryset = Entry.objects.select_related(
        "funding_document__account", "project", "participant", "posted_by", "reversal"
    )

    def get_serializer_class(self) -> type[serializers.ModelSerializer]:
        return NewEntry if self.request.method == "POST" else EntryLine

    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        day = serializer.validated_data["effective_on"]
        serializer.save(
            fiscal_year=day.year + (day.month >= 10),
            posted_by_id=1,
            posted_at=timezone.now(),
            audience=-1,
        )


urlpatterns = [path("api/v1/ledger/entries", Entries.as_view())]
application = get_wsgi_application()
