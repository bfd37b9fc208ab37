"""Grafana: dashboards, alert rules and provisioning, generated from the panels; nothing here is written by hand."""
