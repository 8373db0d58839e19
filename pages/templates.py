"""Templates: the texts registered on the DLT portal, by hand or from the portal's export."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui import fields, parts, session, template_import, words
from smscore import Desk, DeskError, Route, Template, variables


def draw_list(desk: Desk, templates: tuple[Template, ...]) -> Template | None:
    """Draw all templates in use, and return the selected one."""
    frame = pd.DataFrame(
        [
            {
                "Name": words.clean(each.name),
                "Template ID": each.template_id,
                "Text": words.clean(each.body),
                "Senders": ", ".join(each.headers),
                "Variables": len(variables(each.body)),
                "Version": each.version,
                "Status": words.clean(each.status),
            }
            for each in templates
        ]
    )
    chosen = st.dataframe(
        frame,
        key="template_list",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        alt="Templates",
        column_config={
            "Name": st.column_config.TextColumn(width=190),
            "Template ID": st.column_config.TextColumn(width=160),
            "Text": st.column_config.TextColumn(width=290),
            "Senders": st.column_config.TextColumn(width=90),
            "Variables": st.column_config.NumberColumn(width=75),
            "Version": st.column_config.NumberColumn(width=65),
            "Status": st.column_config.TextColumn(width=90),
        },
        height=min(38 + 35 * len(templates), 400),
    )
    rows = chosen["selection"]["rows"]
    return templates[rows[0]] if rows and rows[0] < len(templates) else None


def draw_form(desk: Desk, template: Template | None) -> None:
    """Add a template, or write a new version of one; campaigns keep the version they were launched with."""
    name = f"template_form_{template.id}_{template.version}" if template else "template_form_new"
    with st.form(name, border=True):
        keys = _draw_fields(name, template)
        label = "Save as new version" if template else "Add template"
        st.form_submit_button(label, type="primary", on_click=_save, args=(desk, template, keys))


def _draw_fields(name: str, template: Template | None) -> tuple[str, ...]:
    left, right = st.columns(2)
    keys = tuple(f"{name}_{field}" for field in ("name", "id", "headers", "route", "body", "compared"))
    with left:
        st.text_input("Name", template.name if template else "", key=keys[0], max_chars=120)
        st.text_input("DLT template ID", template.template_id if template else "", key=keys[1], placeholder="19 digits")
    with right:
        st.text_input("Senders, separated by commas", ", ".join(template.headers) if template else "", key=keys[2])
        at = list(Route).index(template.route) if template and template.route in tuple(Route) else 0
        st.selectbox("Route", tuple(Route), index=at, format_func=words.ROUTES.__getitem__, key=keys[3])
    st.text_area(
        "Registered text, with {#var#} for each variable", template.body if template else "", key=keys[4], height=130
    )
    st.checkbox("I've checked an ID that isn't 19 digits against the DLT portal", key=keys[5])
    return keys


def _save(desk: Desk, template: Template | None, keys: tuple[str, ...]) -> None:
    name, template_id, headers, route, body, compared = (session.get_value(key) for key in keys)
    senders = tuple(each.strip() for each in headers.split(",") if each.strip())
    about = {"template_id": template_id.strip(), "headers": senders, "route": route, "actor": session.get_actor()}
    about["confirmed"] = bool(compared)
    try:
        if template is None:
            desk.templates.add(name.strip(), body, **about)
        else:
            desk.templates.edit(template.id, name=name.strip(), body=body, **about)
    except DeskError as error:
        session.refuse(error)
        return
    session.tell("Template saved.")


def draw_template(desk: Desk, template: Template) -> None:
    """Draw one template: use it, change it, see its versions, or archive it."""
    st.header("Edit template", anchor=False)
    with st.container(horizontal=True):
        if st.button("Use in Compose", icon=":material/edit_square:"):
            fields.begin_message("compose", template)
            st.switch_page("compose.py")
        if st.button("Use in Bulk upload", icon=":material/upload_file:"):
            fields.begin_message("bulk", template)
            st.switch_page("bulk_upload.py")
        st.button("Archive", icon=":material/archive:", on_click=_archive, args=(desk, template))
    draw_form(desk, template)
    versions = desk.templates.list_versions(template.id)
    if len(versions) > 1:
        with st.expander(f"Earlier versions ({len(versions) - 1})", icon=":material/history:"):
            for version in versions:
                written = words.format_moment(version.created_at, desk.settings.zone)
                st.text(f"Version {version.version}, {written}, by {words.clean(version.actor)}")
                st.code(words.clean(version.body), language=None, wrap_lines=True)


def _archive(desk: Desk, template: Template) -> None:
    try:
        desk.templates.retire(template.id, session.get_actor())
        session.tell("Template archived. Existing campaigns aren't affected.")
    except DeskError as error:
        session.refuse(error)


desk = session.get_desk()
parts.draw_title("Templates", "Your texts as registered on the DLT portal, ready for Compose and Bulk upload.")
listed, added, imported = st.tabs(["In use", "Add", "Import"])
with imported:
    template_import.draw_import(desk)
with added:
    draw_form(desk, None)
with listed:
    templates = desk.templates.list()
    if templates:
        chosen = draw_list(desk, templates)
        if chosen:
            draw_template(desk, chosen)
        else:
            parts.draw_row_hint("use, edit or archive a template")
    else:
        st.info(
            "No templates yet. Import your DLT portal's export file, or add one yourself.", icon=":material/article:"
        )
