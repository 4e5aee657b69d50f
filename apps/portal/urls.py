"""Addresses of the portal's own pages."""

from django.urls import path

from apps.portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("my-work", views.my_work, name="my_work"),
    path("my-work/waiting", views.my_work, {"part": "waiting"}, name="my_work_waiting"),
    path("my-work/done", views.my_work, {"part": "done"}, name="my_work_done"),
    path("reports", views.reports, name="reports"),
    path("reports/<slug:key>.csv", views.report_values, name="report_values"),
    path("views/", views.saved_views, name="saved-views"),
    path("views/save", views.save_view, name="save-view"),
    path("views/<uuid:view_id>/default", views.default_view, name="default-view"),
    path("views/<uuid:view_id>/delete", views.delete_view, name="delete-view"),
    path("search", views.search, name="search"),
    path("choices/<slug:source>", views.choices, name="choices"),
    path("go/<str:kind>/<str:key>", views.go, name="go"),
    path("account", views.profile, name="profile"),
    path("account/password", views.password, name="password"),
    path("help/keyboard", views.keyboard, name="keyboard"),
    path("gallery", views.gallery, name="gallery"),
]
