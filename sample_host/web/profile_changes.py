"""What may be set in a step of a profile, and by whom."""

from __future__ import annotations

from typing import Final

from hostspec.connections import ChoiceQuery, ConnectionChoice
from hostspec.errors import CaptureError, NotAllowed
from hostspec.permissions import Permission
from hostspec.value import ConnectionId, TypeId
from sample_host.app import SampleHost
from sample_host.profiles import (
    DocumentType,
    FieldMapping,
    MigrationStep,
    Profile,
    StorageStep,
    pointed,
    with_step,
)
from sample_host.users import HostUser
from sample_host.web.web_sessions import StepPlace

MOST_LISTED: Final = 50
"""A list of more choices is searched instead of laid out."""


def choices_for(host: SampleHost, type_id: TypeId, selected: ConnectionId | None) -> tuple[ConnectionChoice, ...]:
    """What a step's dropdown offers, the selected entry among them; there are others beyond ``MOST_LISTED``."""
    query = ChoiceQuery(type_ids=(type_id,), selected_id=selected, limit=MOST_LISTED + 1)
    return host.hooks.connection_choices(query).items


def choice_of(host: SampleHost, type_id: TypeId, selected: ConnectionId | None) -> ConnectionChoice | None:
    """How one entry stands, without asking for thousands of others."""
    if selected is None:
        return None
    query = ChoiceQuery(type_ids=(type_id,), selected_id=selected, limit=1)
    return next((c for c in host.hooks.connection_choices(query).items if c.connection_id == selected), None)


def require_use(host: SampleHost, user: HostUser) -> None:
    """Refuse people who may not use connections.

    Raises:
        NotAllowed: They may not.
    """
    if not host.services.is_allowed(user.user_id, Permission.USE, None):
        raise NotAllowed("Your user may not use connections here. An administrator can.")


def select_connection(host: SampleHost, user: HostUser, place: StepPlace, connection_id: str) -> None:
    """Point a step to a connection that was just made; what cannot be chosen is left alone."""
    profile = host.profiles.get(place.profile_id)
    step = None if profile is None else profile.step(place.step_id)
    if not isinstance(step, MigrationStep):
        return
    choice = choice_of(host, step.type_id, ConnectionId(connection_id))
    fits = choice is not None and choice.selectable and choice.type_id == step.type_id
    if fits and host.services.is_allowed(user.user_id, Permission.USE, None):
        host.profiles.change(
            place.profile_id, lambda old: _changed(old, place.step_id, ConnectionId(connection_id), None, None)
        )


def configure(
    host: SampleHost,
    user: HostUser,
    place: StepPlace,
    connection_id: str,
    document_type: DocumentType,
    mapping: FieldMapping,
) -> None:
    """Change a migration step.

    Raises:
        CaptureError: The person may not, the step is gone, or the connection cannot be chosen.
    """
    require_use(host, user)
    step = migration_step(host, place)
    wanted = ConnectionId(connection_id) if connection_id else None
    if wanted is not None and wanted != step.connection_id:
        choice = choice_of(host, step.type_id, wanted)
        if choice is None or not choice.selectable or choice.type_id != step.type_id:
            hint = "" if choice is None else choice.hint
            raise CaptureError(f"This connection cannot be chosen. {hint}".strip())
    host.profiles.change(place.profile_id, lambda old: _changed(old, place.step_id, wanted, document_type, mapping))


def point_to_location(host: SampleHost, user: HostUser, place: StepPlace, location_id: str) -> None:
    """Change where a step stores documents.

    Raises:
        CaptureError: The person may not, or the step or the location is gone.
    """
    if not host.services.is_allowed(user.user_id, Permission.USE, None):
        raise NotAllowed("Your user may not change this step. An administrator can.")
    profile = host.profiles.get(place.profile_id)
    step = None if profile is None else profile.step(place.step_id)
    if not isinstance(step, StorageStep) or (location_id and host.storage.get(location_id) is None):
        raise CaptureError("This step or storage location no longer exists. Open the page again.")
    host.profiles.change(place.profile_id, lambda old: _moved(old, place.step_id, location_id or None))


def migration_step(host: SampleHost, place: StepPlace) -> MigrationStep:
    """The migration step at a place.

    Raises:
        CaptureError: It does not exist.
    """
    profile = host.profiles.get(place.profile_id)
    step = None if profile is None else profile.step(place.step_id)
    if not isinstance(step, MigrationStep):
        raise CaptureError("This step no longer exists. Open the page again.")
    return step


def _changed(
    profile: Profile,
    step_id: str,
    connection_id: ConnectionId | None,
    document_type: DocumentType | None,
    mapping: FieldMapping | None,
) -> Profile:
    step = profile.step(step_id)
    if not isinstance(step, MigrationStep):
        return profile
    changed = step.model_copy(
        update={
            "connection_id": connection_id,
            "document_type": document_type or step.document_type,
            "mapping": mapping or step.mapping,
        }
    )
    return with_step(profile, changed)


def _moved(profile: Profile, step_id: str, location_id: str | None) -> Profile:
    step = profile.step(step_id)
    return profile if step is None else with_step(profile, pointed(step, location_id))
